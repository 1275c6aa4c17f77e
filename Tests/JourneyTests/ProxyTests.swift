// Both directions through a forward proxy that the environment names, with Microsoft's certificate from an authority of
// the company's own; and what is said when the proxy or the certificate is in the way.

import Sandbox
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.serialized) struct ProxyTests {
  /// Nothing is pushed: as in national clouds.
  private static let polling: @Sendable (String) throws -> String = { text in
    try ReadingJourneyTests.config(
      read: "mode: poll\nclient_secret: env:TEAMS_READ_SECRET\npoll_interval: 5s")(
        text
      )
      .split(separator: "\n").filter { !$0.contains("SYNC") && !$0.contains("  accounts:") }
      .joined(separator: "\n")
  }

  /// libcurl reads the variables of the process; tests run one after the other.
  private static func with(
    _ variables: [String: String], _ body: () async throws -> Void
  ) async throws {
    for (name, value) in variables { setenv(name, value, 1) }
    defer { for name in variables.keys { unsetenv(name) } }
    try await body()
  }

  @Test(.timeLimit(.minutes(1)), arguments: [false, true])
  func readingAndWritingTakeTheProxyOfTheEnvironment(_ isExempt: Bool) async throws {
    try await ForwardProxy.run { proxy in
      var variables = ["HTTPS_PROXY": proxy.address]
      if isExempt { variables["NO_PROXY"] = "elsewhere.example,localhost" }
      try await Self.with(variables) {
        try await Journey.run(config: Self.polling) { journey in
          await journey.company.pbx.startCall(person: 2)
          try await journey.until("in a call") { journey.teams(2) == "Busy/InACall" }
          journey.company.graph.setTeamsClient(0, to: .inAMeeting)
          try await journey.until("meeting") { await journey.telephone(0) == "meeting" }
          #expect(proxy.connections == (isExempt ? [] : ["localhost:\(journey.company.graph.port)"]))
          await journey.gateway.stop()
          #expect(await journey.company.leftovers() == [])
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aProxyThatRefusesIsNamed() async throws {
    try await ForwardProxy.run(connects: false) { proxy in
      try await Self.with(["HTTPS_PROXY": proxy.address]) {
        try await Journey.run(awaitReady: false, config: Self.polling) { journey in
          try await journey.until("told") {
            await journey.status().contains(
              "cannot reach localhost:\(journey.company.graph.port): the proxy answers")
          }
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func anAuthorityThatIsNotTrustedIsTold() async throws {
    let config: @Sendable (String) throws -> String = { text in
      try Self.polling(text).rewriting(("    trust: ${TEAMS_TRUST", "    # trust: ${TEAMS_TRUST"))
    }
    try await Journey.run(awaitReady: false, config: config) { journey in
      let host = "localhost:\(journey.company.graph.port)"
      try await journey.until("told") {
        await journey.status().contains("no secure connection to \(host)")
      }
      #expect(await journey.status().contains("from the gateway to \(host), and check `trust`"))
    }
  }
}
