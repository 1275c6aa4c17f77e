// Percent-encoding: there and back, and what is broken.

import Testing

@testable import Gateway

@Suite struct PercentCodingTests {
  @Test(arguments: ["ada@x.example ä", "a+b&c=d%/?", ""]) func whatIsEncodedIsDecoded(_ text: String) {
    let encoded = PercentCoding.encoded(text)
    #expect(PercentCoding.pairs("x=\(encoded)")?.first?.value == text)
    #expect(PercentCoding.decoded(encoded) == text && !encoded.contains("/"))
  }

  @Test func valuesAreDecoded() {
    let pairs = PercentCoding.pairs("person=ada%40x.example+%C3%A4&empty=&flag&person=second")
    #expect(pairs?.map(\.name) == ["person", "empty", "flag", "person"])
    #expect(pairs?.map(\.value) == ["ada@x.example ä", "", "", "second"])
  }

  @Test(arguments: ["x=%zz", "x=%2", "x=%", "x=%ff", "%zz=x"]) func whatIsBrokenIsNothing(_ query: String) {
    #expect(PercentCoding.pairs(query) == nil)
  }
}
