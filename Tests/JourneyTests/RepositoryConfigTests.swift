// `plugins.tests.yaml` of the repository passes, and its mapping has no warnings.

import Connectors
import FoundationEssentials
import Gateway
import Testing

struct RepositoryConfigTests {
  private func load(_ changes: (old: String, new: String)...) throws -> LoadedConfig {
    GatewayConfig.load(
      text: try Journey.file("plugins.yaml").rewriting(changes), fileName: "plugins.yaml", directory: "",
      environment: [:], types: registeredPlugins)
  }

  @Test func aRuleThatFindsNobodyIsTold() throws {
    #expect(
      try load(("match: [email, upn]", "match: [email, sip, upn, name]")).warnings.map(\.message) == [
        "finds nobody: only one plugin here tells a user's sip"
      ])
  }

  @Test func aSecretInClearTextIsOneMistake() throws {
    let secret = ("      client_secret: env:TEAMS_WRITE_SECRET", "      client_secret: hunter2")
    #expect(
      try load(secret).errors.map { "\($0.path): \($0.message)" } == [
        "plugins.teams.write.client_secret: must be a reference, env:NAME or file:PATH, so that no secret stands in this file"
      ])
  }

  @Test func itsOwnTestsPass() {
    let loaded = GatewayConfig.load(
      path: "\(Journey.repository)/plugins.yaml", environment: [:], types: registeredPlugins)
    #expect(loaded.errors == [])
    #expect(loaded.warnings == [])
    let report = loaded.runTests("\(Journey.repository)/plugins.tests.yaml")
    #expect(report.mistakes == [])
    #expect(report.results.count >= 6)
    for result in report.results { #expect(result.failures == [], "\(result.name)") }
  }
}
