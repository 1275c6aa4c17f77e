// The cipher of secrets at rest against published vectors and against every kind of change.

import OpenSSLCrypto
import Testing

struct AES256GCMTests {
  struct Vector: Sendable {
    let key, nonce, plaintext, associated, ciphertext, tag: String
  }

  /// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 13, 14 and 16.
  static let vectors = [
    Vector(
      key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12), plaintext: "",
      associated: "", ciphertext: "", tag: "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
      key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12),
      plaintext: String(repeating: "00", count: 16), associated: "",
      ciphertext: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"),
    Vector(
      key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      plaintext:
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
        + "b16aedf5aa0de657ba637b39",
      associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      ciphertext:
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
        + "c5f61e6393ba7a0abcc9f662",
      tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
  ]

  @Test(arguments: vectors) func sealsAndOpensAsPublished(_ vector: Vector) throws {
    let (key, nonce) = (Hex.decode(vector.key)!, Hex.decode(vector.nonce)!)
    let (plaintext, associated) = (Hex.decode(vector.plaintext)!, Hex.decode(vector.associated)!)
    let sealed = try AES256GCM.seal(plaintext, key: key, nonce: nonce, associated: associated)
    #expect(Hex.encode(sealed) == vector.ciphertext + vector.tag)
    #expect(try AES256GCM.open(sealed, key: key, nonce: nonce, associated: associated) == plaintext)
  }

  @Test func everyChangeIsRefused() throws {
    let (key, nonce) = (SecureRandom.bytes(32), AES256GCM.newNonce())
    let (text, name) = (Array("refresh token".utf8), Array("teams".utf8))
    let sealed = try AES256GCM.seal(text, key: key, nonce: nonce, associated: name)
    let refusal = "cannot decrypt with AES-256-GCM: another key, or changed data"
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(failure { try AES256GCM.open(changed, key: key, nonce: nonce, associated: name) } == refusal)
    }
    let shorter = Array(sealed.dropLast())
    #expect(failure { try AES256GCM.open(shorter, key: key, nonce: nonce, associated: name) } == refusal)
    #expect(failure { try AES256GCM.open(sealed, key: key, nonce: nonce, associated: []) } == refusal)
    let otherKey = SecureRandom.bytes(32)
    #expect(failure { try AES256GCM.open(sealed, key: otherKey, nonce: nonce, associated: name) } == refusal)
    let otherNonce = AES256GCM.newNonce()
    #expect(failure { try AES256GCM.open(sealed, key: key, nonce: otherNonce, associated: name) } == refusal)
  }

  @Test func wrongSizesAreToldWithoutShowingAnything() {
    let (key, nonce) = (SecureRandom.bytes(32), AES256GCM.newNonce())
    #expect(
      failure { try AES256GCM.seal([], key: Array(key.dropLast()), nonce: nonce, associated: []) }
        == "cannot encrypt with AES-256-GCM: the key must have 32 bytes, has 31")
    #expect(
      failure { try AES256GCM.seal([], key: key, nonce: [1], associated: []) }
        == "cannot encrypt with AES-256-GCM: the nonce must have 12 bytes, has 1")
    #expect(
      failure { try AES256GCM.open([1, 2, 3], key: key, nonce: nonce, associated: []) }
        == "cannot decrypt with AES-256-GCM: the input is too short")
  }
}
