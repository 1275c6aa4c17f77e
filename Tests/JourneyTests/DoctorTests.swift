// `presence-gateway doctor` against a whole simulated company, with and without a gateway running.

import FoundationEssentials
import Gateway
import PluginAPI
import Sandbox
import Testing

@Suite struct DoctorTests {
  private func findings(_ environment: [String: String]) async throws -> [String] {
    try await DoctorVisit.lines(environment, patience: .seconds(2))
  }

  @Test func thePublicAddressLeadsHere() async throws {
    try await DoctorVisit.run { _, environment, port in
      var environment = environment
      let admin = try #require(environment["PRESENCE_ADMIN_LISTEN"])
      let good = try await findings(environment)
      let nobody = "none answers at http://\(admin)"
      #expect(good.contains("– gateway: running gateway — not tried: \(nobody)\n"))
      #expect(good.contains("✓ gateway: public listener — 127.0.0.1:\(port)\n"))
      let url = try #require(environment["PRESENCE_PUBLIC_URL"])
      #expect(good.contains("✓ gateway: public address — \(url) leads here\n"))

      environment["PRESENCE_PUBLIC_URL"] = environment["TEAMS_GRAPH"]
      let elsewhere = try await findings(environment).first { $0.contains("public address") }
      #expect(elsewhere?.hasPrefix("✗ gateway: public address — ") == true)
      #expect(elsewhere?.contains("is answered by something else (HTTP ") == true)
      #expect(elsewhere?.hasSuffix("port forwarding at 127.0.0.1:\(port)\n") == true)

      environment["TEAMS_TRUST"] = ""
      let untrusted = try await findings(environment).first { $0.contains("public address") }
      #expect(untrusted?.contains("→ serve the whole certificate chain") == true)
    }
  }

  @Test func aSecretThatIsNotSetIsTold() async throws {
    try await DoctorVisit.run { _, environment, _ in
      var environment = environment
      environment["TEAMS_WRITE_SECRET"] = nil
      let text = try await findings(environment).joined()
      #expect(text.contains("✗ gateway: secret — "))
      #expect(text.contains("environment variable TEAMS_WRITE_SECRET is not set\n"))
    }
  }

  @Test func aRunningGatewayIsAskedInstead() async throws {
    try await Journey.run { journey in
      let environment = journey.company.environment(
        publicPort: journey.publicPort, adminPort: journey.adminPort)
      let text = try await findings(environment)
      #expect(text.contains("✓ gateway: running gateway — it is ready\n"))
      #expect(text.contains("– gateway: public listener — not tried: the running gateway has it\n"))
    }
  }

  @Test func theReportIsOneDocument() throws {
    let report = DoctorReport([
      DoctorFinding(part: "teams", result: .init("users", .ok(detail: "3 users"))),
      DoctorFinding(part: "pbx", result: .init("login", .failed(reason: "no", remedy: "yes"))),
    ])
    let json = try report.json()
    #expect(json.contains("\"ok\" : false"))
    #expect(json.contains("\"remedy\" : \"yes\""))
  }
}
