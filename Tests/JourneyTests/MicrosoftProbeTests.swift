// `doctor` against the simulated Microsoft 365: all links, a trial subscription that leaves nothing, and what is missing.

import Sandbox
import Testing

@Suite(.serialized) struct MicrosoftProbeTests {
  private func examine(_ fault: GraphFault? = nil) async throws -> (
    lines: [String], company: SimulatedCompany
  ) {
    try await DoctorVisit.run { company, environment, port in
      if let fault { company.graph.inject(fault) }
      // The doctor waits for it.
      try company.connectPBX(publicPort: port)
      return (try await DoctorVisit.lines(about: "teams", environment), company)
    }
  }

  @Test func everyLinkIsTriedAndNothingIsLeft() async throws {
    let (lines, company) = try await examine()
    #expect(lines.allSatisfy { $0.hasPrefix("✓") }, "\(lines)")
    let text = lines.joined()
    for name in [
      "login host localhost", "graph host localhost", "clock", "token sync1@contoso.example",
      "permissions sync1@contoso.example — Presence.Read.All, User.Read.All",
      "subscription sync1@contoso.example — made and deleted", "token writing application",
      "permissions writing application — Presence.ReadWrite.All",
      // The account has a licence too.
      "users — 4 users",
    ] { #expect(text.contains("teams: \(name)"), "\(name) in \(lines)") }
    #expect(company.graph.subscriptionIDs.isEmpty)
    #expect(company.graph.leftovers().isEmpty)
  }

  @Test func aRefusedAccountIsToldWithItsRemedy() async throws {
    let (lines, _) = try await examine(.refuseAccount(username: "sync1@contoso.example", .conditionalAccess))
    let text = lines.joined()
    #expect(
      text.contains("✗ teams: token sync1@contoso.example — AADSTS53003: blocked by Conditional Access"))
    #expect(text.contains("→ exclude the account from the policy"))
    #expect(text.contains("✓ teams: token writing application"))
  }
}
