// The alert rules that the project ships: Prometheus's own tool judges them, and each fires when it should.

import FoundationEssentials
import Testing

struct AlertRulesTests {
  private static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    + "/docs/monitoring"

  private func text(_ name: String) throws -> String {
    String(
      decoding: try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name)")), as: UTF8.self)
  }

  @Test(arguments: [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]])
  func promtoolIsSatisfied(arguments: [String]) throws {
    guard let promtool = Program("promtool") else {
      print("skipped: promtool (Debian package prometheus) is not installed")
      return
    }
    let result = try promtool.run(arguments.dropLast() + ["\(Self.folder)/\(arguments[2])"])
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("SUCCESS"))
  }

  @Test func everyAlertHasACaseInWhichItFires() throws {
    let cases = try text("alerts.test.yaml")
    let names = try text("alerts.yaml").split(separator: "\n").compactMap { line in
      line.split(separator: "- alert: ").dropFirst().first.map(String.init)
    }
    #expect(names.count >= 15)
    for name in names { #expect(cases.contains("alertname: \(name)\n"), "\(name) has no case") }
  }
}
