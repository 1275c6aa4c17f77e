// Commands that talk to the running gateway: through its password and its own certificate, and what they say when they
// are not let in.

import Connectors
import FoundationEssentials
import Gateway
import Sandbox
import Testing

@Suite(.serialized) struct AdminCommandTests {
  private static let withTLS: @Sendable (String) throws -> String = { text in
    try text.rewriting(
      (
        "    # tls:\n    #   certificate: admin.pem",
        "    tls:\n      certificate: ${PRESENCE_TLS_CERTIFICATE}"
      ),
      ("    #   key: admin.key", "      key: ${PRESENCE_TLS_KEY}"))
  }
  static let locked: @Sendable (String) throws -> String = { text in
    try withTLS(text).rewriting(
      ("    # password: env:PRESENCE_ADMIN_PASSWORD", "    password: env:PBX_APP_PASSWORD"))
  }

  /// Certificates instead of the password; the sandbox's authority issues them.
  static let withCertificates: @Sendable (String) throws -> String = { text in
    try withTLS(text).rewriting(("    #   client_ca: administrators.pem", "      client_ca: ${TEAMS_TRUST}"))
  }

  @Test func signInAndTrustTheListenersOwnCertificate() async throws {
    guard Journey.program != nil else { return }
    try await Journey.run(awaitReady: false, config: Self.locked) { journey in
      let ada = journey.company.population.people[0]
      try await journey.until("somebody is known") {
        await journey.command(["explain", ada.email]).succeeded
      }
      let story = await journey.command(["explain", ada.email]).output
      #expect(story.contains("pbx should show:"), "\(story)")
      let nobody = await journey.command(["explain", "nobody at all"]).output
      #expect(nobody.contains("nobody is called nobody at all"))
      try await pauseAPerson(journey, ada)
      try await pauseARoute(journey)
      try await useAWrongPassword(journey)
    }
  }

  private func pauseAPerson(_ journey: Journey, _ ada: SandboxPerson) async throws {
    let signIns = try await signIns(journey)
    let pause = await journey.command(["pause", "person", ada.email, "--for", "1h", "--reason", "a test"])
    #expect(pause.output == "✓ \(ada.displayName) is on hold for 1h\n")
    #expect(try await self.signIns(journey) == signIns + 2, "one of the command, one to look at this")
    let story = await journey.command(["explain", ada.email]).output
    #expect(story.contains("paused (keep), ends in"))
    journey.company.graph.setTeamsClient(0, to: .inAMeeting)
    journey.company.graph.setTeamsClient(1, to: .inAMeeting)
    try await journey.until("the other is shown") { await journey.telephone(1) == "meeting" }
    let shown = await journey.telephone(0)
    #expect(shown == "", "who is on hold is not passed on")
    let resumed = await journey.command(["resume", "person", ada.email])
    #expect(resumed.output == "✓ \(ada.displayName) goes on\n")
    try await journey.until("who was on hold is shown too") { await journey.telephone(0) == "meeting" }
    let again = await journey.command(["resume", "person", ada.email])
    #expect(!again.succeeded)
    #expect(again.output.contains("it is not on hold"))
  }

  /// How often somebody has signed in so far.
  private func signIns(_ journey: Journey) async throws -> Int {
    let loaded = GatewayConfig.load(
      path: journey.config, environment: journey.environment,
      types: registeredPlugins)
    let client = AdminClient(loaded.config.admin)
    let events = try await client.asAdministrator { (session) async throws(AdminClient.Failure) in
      try await session.ask("GET", "/api/v1/events", query: ["kind": "audit"])
    }
    return events.ranges(of: #""message":"sign in""#).count
  }

  private func pauseARoute(_ journey: Journey) async throws {
    let paused = await journey.command(["pause", "route", "teams", "pbx", "--clear"])
    #expect(paused.output == "✓ teams → pbx is on hold until it is resumed\n")
    try await journey.until("what it showed is taken back") { await journey.telephone(1) == "" }
    let resumed = await journey.command(["resume", "route", "teams", "pbx"])
    #expect(resumed.output == "✓ teams → pbx goes on\n")
    try await journey.until("it is shown again") { await journey.telephone(1) == "meeting" }
  }

  private func useAWrongPassword(_ journey: Journey) async throws {
    let file = "\(journey.config).password"
    try "not it\n".write(toFile: file, atomically: true, encoding: .utf8)
    let refused = await journey.command(["explain", "ada", "--password-file", file])
    #expect(!refused.succeeded)
    #expect(
      refused.output.contains("✗ the password is wrong\n    → It is what gateway.admin.password refers to"))
  }

  @Test func aClientCertificateIsAWayInToo() async throws {
    guard Journey.program != nil else { return }
    let files = try await ClientCertificates()
    let config: @Sendable (String) throws -> String = { text in
      try Self.withTLS(text).rewriting(
        ("    #   client_ca: administrators.pem", "      client_ca: \(files.authority)"))
    }
    try await Journey.run(awaitReady: false, config: config) { journey in
      let ada = journey.company.population.people[0]
      func explain(_ more: String...) async -> Journey.CommandOutcome {
        await journey.command(["explain", ada.email] + more)
      }
      try await journey.until("somebody is known") {
        await explain("--client-certificate", files.both).succeeded
      }
      let story = await explain("--client-certificate", files.certificate, "--client-key", files.key)
      #expect(story.succeeded && story.output.contains("pbx should show:"), "\(story.output)")
      let pause = ["pause", "person", ada.email, "--client-certificate", files.both]
      #expect(await journey.command(pause).output.contains("is on hold until it is resumed"))

      let none = await explain()
      #expect(!none.succeeded && none.output.contains("→ give --client-certificate FILE"), "\(none.output)")
      let stranger = await explain("--client-certificate", files.stranger)
      #expect(!stranger.succeeded)
      #expect(stranger.output.contains("ends the connection over the certificate \(files.stranger): "))
      #expect(stranger.output.contains("by an authority in gateway.admin.tls.client_ca"))
      let mixed = await explain("--client-certificate", files.stranger, "--client-key", files.key)
      #expect(mixed.output.contains("the key in \(files.key) is not that of the certificate in "))
      let missing = await explain("--client-certificate", "/nonexistent.pem")
      #expect(missing.output.contains("file /nonexistent.pem cannot be read: No such file"))
      let keyless = await explain("--client-certificate", files.certificate)
      #expect(keyless.output.contains("file \(files.certificate): cannot read the private key"))
      let doubled = await explain("--client-certificate", files.both, "--password-file", files.key)
      #expect(doubled.output.contains("give --password-file or --client-certificate, not both"))
      try await Self.findWithTheDoctor(journey)
    }
    files.remove()
  }

  @Test func doctorFindsTheRunningGatewayBehindTLS() async throws {
    try await Journey.run(awaitReady: false, config: Self.locked, Self.findWithTheDoctor)
  }

  /// It asks only what nobody needs to sign in for.
  private static func findWithTheDoctor(_ journey: Journey) async throws {
    try await journey.until("it is ready") {
      let doctor = try Doctor(
        .init(
          config: journey.config, environment: journey.environment,
          types: registeredPlugins, patience: .milliseconds(1)))
      let findings = await doctor.examine { _ in }.map(\.text)
      return findings.contains("✓ gateway: running gateway — it is ready\n")
    }
  }
}
