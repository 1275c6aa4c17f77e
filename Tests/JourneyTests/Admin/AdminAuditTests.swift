// What an administrator changes, and what is refused, is told afterwards: by the API of a running gateway.

import FoundationEssentials
import Gateway
import PluginAPI
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct AdminAuditTests {
  private struct Event: Decodable, Equatable {
    let kind: String
    let level: String
    let message: String
    let detail: String?
  }

  private func events(_ journey: Journey, _ query: String) async throws -> [Event] {
    struct Answer: Decodable { let events: [Event] }
    let text = try await journey.ask("GET", "/api/v1/events?\(query)").text
    return try JSONDecoder().decode(Answer.self, from: Data(text.utf8)).events
  }

  @Test func everyChangeAndEveryRefusedOneIsAnEvent() async throws {
    try await Journey.run { journey in
      let account = "/api/v1/accounts/teams/sync1%40contoso.example"
      #expect(try await journey.ask("DELETE", account).status == 409)
      _ = try await journey.http.send(
        HTTPRequest("DELETE", "http://127.0.0.1:\(journey.adminPort)\(account)"))
      #expect(
        try await events(journey, "kind=audit") == [
          Event(
            kind: "audit", level: "warning", message: "DELETE /api/v1/accounts/{plugin}/{account}",
            detail: "from 127.0.0.1, the change does not carry the token of this page"),
          Event(
            kind: "audit", level: "warning", message: "remove account: teams sync1@contoso.example",
            detail: "from 127.0.0.1, the account comes from the configuration file"),
        ])

      let route = "  - from: pbx\n    to: teams\n"
      try journey.rewrite(route, route + "    map: { lunch: busy }\n")
      #expect(await journey.gateway.reload() == .changed(["route pbx → teams changed"]))
      #expect(
        try await events(journey, "kind=audit&limit=1") == [
          Event(
            kind: "audit", level: "info", message: "configuration changed",
            detail: "route pbx → teams changed")
        ])
      try journey.rewrite("{ lunch: busy }", "{ lunch: nonsense }")
      guard case .refused? = await journey.gateway.reload() else {
        Issue.record("a wrong file was taken over")
        return
      }
      let refused = try await events(journey, "kind=log&level=error&limit=1").first
      #expect(refused?.message == "configuration is not taken over")
      #expect(refused?.detail?.contains("nonsense") == true)
    }
  }

  @Test func whatIsTooLargeIsToldHowLargeItMayBe() async throws {
    try await Journey.run { journey in
      let body = #"{"csv":""# + String(repeating: "x", count: 1 << 20) + #""}"#
      let answer = try await journey.ask("POST", "/api/v1/overrides/preview", body)
      #expect(answer.status == 413)
      #expect(
        answer.text
          == #"{"error":{"reason":"the body is too large","remedy":"Send at most 1 MB with a change, and nothing with a question."}}"#
      )
    }
  }

  @Test func howASignInByDeviceCodeEndsIsAnEvent() async throws {
    try await Journey.run(awaitReady: false, config: DeviceCodeTests.withDeviceCode) { journey in
      struct SignIn: Decodable {
        let id: String
        let code: String?
        let state: String
      }
      func begin(_ name: String) async throws -> SignIn {
        let begun = try await journey.ask(
          "POST", "/api/v1/accounts/teams", #"{"name":"\#(name)"}"#)
        #expect(begun.status == 202)
        var signIn = try JSONDecoder().decode(SignIn.self, from: Data(begun.text.utf8))
        try await journey.until("there is a code") {
          guard
            let text = try? await journey.ask("GET", "/api/v1/sign-ins/\(signIn.id)").text,
            let now = try? JSONDecoder().decode(SignIn.self, from: Data(text.utf8))
          else { return false }
          signIn = now
          return now.code != nil
        }
        return signIn
      }
      let good = try await begin("sync1@contoso.example")
      #expect(journey.company.graph.answerDeviceCode(good.code ?? "", as: "sync1@contoso.example"))
      try await journey.until("its end is told") {
        try await events(journey, "kind=audit").contains {
          $0.message == "sign in by device code: teams sync1@contoso.example" && $0.level == "info"
        }
      }
      let bad = try await begin("sync2@contoso.example")
      #expect(try await journey.ask("DELETE", "/api/v1/sign-ins/\(bad.id)").status == 204)
      try await journey.until("its failure is told") {
        try await events(journey, "kind=audit").contains {
          $0.message == "sign in by device code: teams sync2@contoso.example" && $0.level == "warning"
        }
      }
    }
  }
}
