// What is not Microsoft's is refused and counted, and disturbs nothing.

import FoundationEssentials
import PluginAPI
import Sandbox
import Testing

@Suite(.serialized) struct HostileWebhookTests {
  private func post(_ journey: Journey, _ body: [UInt8], query: String = "") async throws -> Int {
    let trust = journey.company.environment(publicPort: 0, adminPort: 0)["TEAMS_TRUST"]
    let url = "https://localhost:\(journey.publicPort)/teams/subscriptions\(query)"
    let headers = [(name: "Content-Type", value: "application/json")]
    return try await journey.http.send(
      HTTPRequest("POST", url, headers: headers, body: body, trustFile: trust)
    ).status
  }

  private let counter = "presence_gateway_microsoft365_notifications_total"

  @Test func everyKindIsRefusedAndCounted() async throws {
    try await Journey.run { journey in
      let subscription = try #require(journey.company.graph.subscriptionIDs.first)
      let user = journey.company.population.people[0].graphID
      func notification(_ subscription: String, _ clientState: String) -> [UInt8] {
        Array(
          """
          {"value":[{"subscriptionId":"\(subscription)","clientState":"\(clientState)","changeType":"updated",
          "resource":"communications/presences/\(user)","resourceData":{"id":"\(user)","availability":"Busy",
          "activity":"Busy"}}]}
          """.utf8)
      }
      #expect(try await post(journey, Array("{\"value\":".utf8)) == 400)
      #expect(try await post(journey, (0..<500).map { UInt8($0 & 255) }) == 400)
      #expect(try await post(journey, [UInt8](repeating: 0x20, count: (1 << 20) + 1)) == 413)
      // Microsoft advises 202 also for what is suspicious.
      #expect(try await post(journey, notification("00000000-0000-0000-0000-000000000000", "x")) == 202)
      #expect(try await post(journey, notification(subscription, "forged")) == 202)
      #expect(
        try await post(journey, [], query: "?validationToken=" + String(repeating: "a", count: 5000)) == 400)

      #expect(await journey.metric(counter, "garbage") == 2)
      #expect(await journey.metric(counter, "unknown_subscription") == 1)
      #expect(await journey.metric(counter, "wrong_client_state") == 1)
      #expect(await journey.telephone(0) == "")

      journey.company.graph.setTeamsClient(0, to: .busy)
      try await journey.until("the real one passes") { await journey.telephone(0) == "busy" }
    }
  }
}
