// `presence-gateway doctor` against a whole simulated company, with and without a gateway running.

import FoundationEssentials
import Gateway
import Microsoft365
import NIOCore
import PBX
import PluginAPI
import Sandbox
import Testing

@Suite struct DoctorTests {
  private func findings(
    _ environment: [String: String], patience: Duration = .seconds(2)
  ) async throws -> [String] {
    let doctor = try Doctor(
      .init(
        config: "\(Journey.repository)/plugins.yaml", environment: environment,
        types: [Microsoft365Plugin.self, PBXPlugin.self], trust: environment["TEAMS_TRUST"],
        patience: patience))
    return await doctor.examine { _ in }.map(\.text)
  }

  private func company() throws -> (SimulatedCompany, String) {
    let directory =
      FileManager.default.temporaryDirectory.path + "/doctor-\(UInt64.random(in: 0...UInt64.max))"
    var options = CompanyOptions(directory: directory)
    options.people = 3
    options.accounts = 1
    return (try SimulatedCompany(options), directory)
  }

  @Test func thePublicAddressLeadsHere() async throws {
    let (company, directory) = try company()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await company.start()
    let (port, admin) = (try await freeLoopbackPort(), try await freeLoopbackPort())
    var environment = company.environment(publicPort: port, adminPort: admin)
    let good = try await findings(environment)
    let nobody = "none answers at http://127.0.0.1:\(admin)"
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
    await company.stop()
  }

  @Test func aSecretThatIsNotSetIsTold() async throws {
    let (company, directory) = try company()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (port, admin) = (try await freeLoopbackPort(), try await freeLoopbackPort())
    var environment = company.environment(publicPort: port, adminPort: admin)
    environment["TEAMS_WRITE_SECRET"] = nil
    let text = try await findings(environment).joined()
    #expect(text.contains("✗ gateway: secret — "))
    #expect(text.contains("environment variable TEAMS_WRITE_SECRET is not set\n"))
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
