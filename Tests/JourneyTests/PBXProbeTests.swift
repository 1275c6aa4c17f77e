// `doctor` and a PBX: it dials the doctor as it would the gateway, or a running gateway says what it knows.

import Testing

@Suite(.serialized, .timeLimit(.minutes(3))) struct PBXProbeTests {
  private func lines(_ environment: [String: String]) async throws -> [String] {
    try await DoctorVisit.lines(about: "pbx", environment)
  }

  private func withoutGateway(password: String? = nil) async throws -> (
    lines: [String], leftovers: [String], url: String
  ) {
    try await DoctorVisit.run { company, environment, port in
      try company.connectPBX(publicPort: port, password: password)
      let lines = try await lines(environment)
      return (lines, await company.leftovers(), "https://localhost:\(port)/contoso.example/microsoft365")
    }
  }

  @Test func thePBXDialsTheDoctor() async throws {
    let (lines, leftovers, url) = try await withoutGateway()
    #expect(
      lines == [
        "✓ pbx: App password\n",
        "✓ pbx: App address — \(url)/presence-gateway is the App object's URL\n", "✓ pbx: App connection\n",
        "✓ pbx: login pbx — domain contoso.example\n", "✓ pbx: users — 3 users\n",
      ])
    #expect(leftovers == [])
  }

  @Test func aPBXWithAnotherPasswordIsTold() async throws {
    let (lines, _, _) = try await withoutGateway(password: "guess")
    #expect(lines.contains("✓ pbx: App connection\n"))
    let login = lines.last ?? ""
    #expect(login.hasPrefix("✗ pbx: login pbx — a login from 127.0.0.1 was refused, its password is wrong\n"))
    #expect(login.contains("→ Check the App object in the PBX"))
  }

  @Test func aRunningGatewayIsAsked() async throws {
    try await Journey.run { journey in
      var environment = journey.environment
      let text = try await lines(environment).joined()
      for name in ["App connection", "login pbx — domain contoso.example", "users — 5 users", "visibility"] {
        #expect(text.contains("✓ pbx: \(name)"), "\(name) in \(text)")
      }
      #expect(await journey.metric("presence_gateway_pbx_connections") == 1)

      environment["PBX_APP_PASSWORD"] = "another"
      let refused = try await lines(environment).joined()
      #expect(refused.contains("✗ pbx: App connection — "))
      #expect(refused.contains("→ the gateway that runs there has another app.password"))
    }
  }
}
