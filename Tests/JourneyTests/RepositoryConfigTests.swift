// `plugins.tests.yaml` of the repository passes, and its mapping has no warnings.

import FoundationEssentials
import Gateway
import Microsoft365
import PBX
import Testing

struct RepositoryConfigTests {
  @Test func itsOwnTestsPass() {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
      .joined(separator: "/")
    let loaded = GatewayConfig.load(
      path: "\(root)/plugins.yaml", environment: [:], types: [Microsoft365Plugin.self, PBXPlugin.self])
    #expect(loaded.errors == [])
    #expect(loaded.warnings == [])
    let report = loaded.runTests("\(root)/plugins.tests.yaml")
    #expect(report.mistakes == [])
    #expect(report.results.count >= 6)
    for result in report.results { #expect(result.failures == [], "\(result.name)") }
  }
}
