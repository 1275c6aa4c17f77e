// The cipher of rich notifications against NIST's vector and against damaged input.

import OpenSSLCrypto
import Testing

struct AES256CBCTests {
  let key = Hex.decode("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")!
  let iv = Hex.decode("000102030405060708090a0b0c0d0e0f")!

  /// NIST SP 800-38A F.2.5, whose vectors have no padding: ours adds one block.
  @Test func encryptsAsPublished() throws {
    let plaintext = Hex.decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")!
    let ciphertext = try AES256CBC.encrypt(plaintext, key: key, iv: iv)
    #expect(ciphertext.count == 48)
    #expect(
      Hex.encode(Array(ciphertext[..<32]))
        == "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d")
    #expect(try AES256CBC.decrypt(ciphertext, key: key, iv: iv) == plaintext)
  }

  @Test func everyLengthSurvivesTheRoundTrip() throws {
    for count in 0...49 {
      let plaintext = SecureRandom.bytes(count)
      let ciphertext = try AES256CBC.encrypt(plaintext, key: key, iv: iv)
      #expect(ciphertext.count == (count / 16 + 1) * 16)
      #expect(try AES256CBC.decrypt(ciphertext, key: key, iv: iv) == plaintext)
    }
  }

  @Test func tellsWhatIsWrongWithoutShowingIt() throws {
    let ciphertext = try AES256CBC.encrypt(Array("secret".utf8), key: key, iv: iv)
    #expect(
      failure { try AES256CBC.decrypt(Array(ciphertext.dropLast()), key: key, iv: iv) }
        == "cannot decrypt with AES-256-CBC: Provider routines: wrong final block length")
    var damaged = ciphertext
    damaged[15] ^= 0x80
    #expect(
      failure { try AES256CBC.decrypt(damaged, key: Array(key.reversed()), iv: iv) }
        == "cannot decrypt with AES-256-CBC: Provider routines: bad decrypt")
    #expect(
      failure { try AES256CBC.decrypt([], key: key, iv: iv) }
        == "cannot decrypt with AES-256-CBC: Provider routines: wrong final block length")
    #expect(
      failure { try AES256CBC.encrypt([], key: Array(key.dropLast()), iv: iv) }
        == "cannot encrypt with AES-256-CBC: the key must have 32 bytes, has 31")
    #expect(
      failure { try AES256CBC.decrypt([], key: key, iv: []) }
        == "cannot decrypt with AES-256-CBC: the iv must have 16 bytes, has 0")
  }
}

/// The text of the error that `body` throws.
func failure<Result>(_ body: () throws -> Result) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}
