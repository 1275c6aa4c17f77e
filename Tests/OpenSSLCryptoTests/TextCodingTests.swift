// Hex, Base64 and identifiers: what is accepted matters as much as what is produced.

import OpenSSLCrypto
import Testing

struct TextCodingTests {
  @Test func hexIsLowerCaseAndReadsBoth() {
    #expect(Hex.encode([0x00, 0x9f, 0xff]) == "009fff")
    #expect(Hex.decode("009fFF") == [0x00, 0x9f, 0xff])
    #expect(Hex.decode("") == [])
    for text in ["0", "0g", " 00", "00 ", "é"] { #expect(Hex.decode(text) == nil, "\(text)") }
  }

  /// RFC 4648 §10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]) func base64OfRFC4648(_ plain: String, _ encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
    #expect(Base64.decodeURL(encoded) == Array(plain.utf8))
    let bare = String(encoded.filter { $0 != "=" })
    #expect(Base64.encodeURL(Array(plain.utf8)) == bare)
    #expect(Base64.decodeURL(bare) == Array(plain.utf8))
  }

  @Test func alphabetsAreNotMixed() {
    let bytes: [UInt8] = [0xfb, 0xff, 0xbf]
    #expect(Base64.encode(bytes) == "+/+/")
    #expect(Base64.encodeURL(bytes) == "-_-_")
    #expect(Base64.decode("-_-_") == nil)
    #expect(Base64.decodeURL("+/+/") == nil)
  }

  @Test(arguments: ["Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v\n", "Zm 9v", "Zh==", "Zm9=", "Zg==Zg=="])
  func base64RefusesOtherSpellings(_ text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(arguments: ["Z", "Zg=", "Zh", "Zm9v=", "Zm9v===="]) func base64URLRefusesOtherSpellings(
    _ text: String
  ) {
    #expect(Base64.decodeURL(text) == nil)
  }

  @Test func everyLengthSurvivesTheRoundTrip() {
    for count in 0...67 {
      let bytes = SecureRandom.bytes(count)
      #expect(bytes.count == count)
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(Base64.decodeURL(Base64.encodeURL(bytes)) == bytes)
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }
  }

  @Test func guidsAreVersion4AndDiffer() {
    let guids = (0..<100).map { _ in SecureRandom.guid() }
    #expect(Set(guids).count == 100)
    for guid in guids {
      let parts = guid.split(separator: "-", omittingEmptySubsequences: false)
      #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
      #expect(parts[2].first == "4")
      #expect("89ab".contains(parts[3].first!))
      #expect(guid == guid.lowercased())
    }
  }
}
