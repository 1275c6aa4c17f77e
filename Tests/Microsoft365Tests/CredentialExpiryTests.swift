// Certificates and client secrets that end: what the check says, how often it is logged, what the metric shows.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct CredentialExpiryTests {
  static let cases: [(String, Check.State)] = [
    ("2026-12-31T00:00:00Z", .ok(detail: "client secret until 2027-01-31")),
    (
      "2027-01-01T00:00:00Z",
      .ok(
        detail:
          "warning: the client secret expires in 30 days, on 2027-01-31: create a new one for application app, "
          + "enter its value, and its date here")
    ),
    (
      "2027-01-29T12:00:00Z",
      .ok(
        detail:
          "warning: the client secret expires tomorrow: create a new one for application app, enter its value, "
          + "and its date here")
    ),
    (
      "2027-01-31T00:00:01Z",
      .failing(
        reason: "the client secret expired on 2027-01-31",
        remedy: "create a new one for application app, enter its value, and its date here")
    ),
  ]
  @Test(arguments: cases) func whatIsSaid(_ now: String, _ state: Check.State) throws {
    let expiry = CredentialExpiry(
      kind: .secret, date: try #require(graphDate("2027-01-31T00:00:00Z")), clientID: "app")
    #expect(expiry.state(now: try #require(graphDate(now))) == state)
  }

  @Test func certificatesTellTheirEndThemselves() async throws {
    // The clock of the tests is at another time than the certificate was made at.
    let files = try PEMFiles()
    let graph = FakeGraph()
    let end = try Certificate(pem: files.certificatePEM).notAfter
    let plugin = graph.plugin([
      "read": FakeGraph.readSection(["client_secret": "env:s", "client_secret_expires": "2099-01-31"]),
      "write": ["client_id": "w", "certificate": .scalar(files.certificate), "key": .scalar(files.key)],
    ])
    await plugin.wiring.credentials.look()
    let checks = graph.kit.health.checks
    #expect(
      checks["reading credential"]
        == Check("reading credential", .ok(detail: "client secret until 2099-01-31"), required: false))
    let expiry = CredentialExpiry(kind: .certificate, date: end, clientID: "w")
    #expect(checks["writing credential"]?.state == expiry.state(now: graph.kit.clock.date))
  }

  @Test func aSecretWithoutADateSaysNothing() async {
    let graph = FakeGraph()
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    await plugin.wiring.credentials.look()
    #expect(graph.kit.health.checks.isEmpty)
  }
}
