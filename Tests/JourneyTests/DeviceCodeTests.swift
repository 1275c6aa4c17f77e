// An account with MFA: the command `login` beside a running gateway, a person who types the code, and Teams is read.

import Connectors
import FoundationEssentials
import Gateway
import Logging
import PluginAPI
import Sandbox
import Testing

@Suite(.serialized) struct DeviceCodeTests {
  static let account = "sync1@contoso.example"
  static let withDeviceCode: @Sendable (String) throws -> String = {
    try $0.rewriting(("          password: env:TEAMS_SYNC1_PASSWORD", "          sign_in: device_code"))
  }

  @Test func aCodeTypedElsewhereMakesTheRunningGatewayRead() async throws {
    try await Journey.run(awaitReady: false, config: Self.withDeviceCode) { journey in
      let graph = journey.company.graph
      graph.inject(.requireMFA(username: Self.account))
      try await journey.until("the gateway asks for a sign-in") {
        await journey.status().contains("presence-gateway login teams \(Self.account)")
      }
      let single = try SinglePlugin(
        id: "teams", config: journey.config, environment: journey.environment,
        types: registeredPlugins,
        logger: Logger(label: "login", factory: { _ in SwiftLogNoOpLogHandler() }))
      let holder = try #require(single.plugin as? any AccountHolding)
      try await holder.addAccount(Self.account) { prompt in
        #expect(prompt.url == "\(graph.baseURL)/devicelogin")
        #expect(graph.answerDeviceCode(prompt.code, as: Self.account))
      }
      await single.close()
      graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("a meeting is seen") { await journey.telephone(0) == "meeting" }
    }
  }
}
