// The configuration as shown: what would change.

import Testing

@testable import Gateway

@Suite struct ConfigurationReportTests {
  private func difference(_ before: String, _ after: String) -> String {
    let lines = ConfigurationReport.difference(
      before.split(separator: " ").map(String.init), after.split(separator: " ").map(String.init))
    let signs: [ConfigurationReport.Line.Kind: String] = [.same: "", .added: "+", .removed: "-"]
    return lines.map { (signs[$0.kind] ?? "") + $0.text }.joined(separator: " ")
  }

  @Test func theDifferenceIsShortWithSomeLinesAround() {
    #expect(difference("a b c d e f g h", "a b c d X f g h") == "b c d -e +X f g h")
    #expect(difference("a b c", "a c") == "a -b c")
    #expect(difference("a c", "a b c") == "a +b c")
    #expect(difference("a b c d", "a x c y") == "a -b +x c -d +y")
    #expect(difference("", "a") == "+a")
  }
}
