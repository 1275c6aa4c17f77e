// The webhook: what comes through, what is dropped and how it is answered, for real and for forged requests.

import FoundationEssentials
import Logging
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct NotificationTests {
  /// A plugin with one live subscription for u1, u2 and u3.
  static func streaming(
    _ body: (SubscriptionKeeperTests.Setup, FakeSubscriptions.Made) async throws -> Void
  ) async throws {
    let setup = SubscriptionKeeperTests.Setup()
    try await setup.whileStreaming {
      await setup.settle { setup.check == .ok(detail: "3 people in 1 subscription") }
      try await body(setup, try #require(setup.fake.made.first))
    }
  }
  static func post(
    _ setup: SubscriptionKeeperTests.Setup, _ items: [String], tokens: [String]? = nil
  ) async throws -> Int {
    let tokens = try tokens ?? [Notary.shared.token()]
    let list = tokens.map { "\"\($0)\"" }.joined(separator: ",")
    return await send(setup, #"{"value":[\#(items.joined(separator: ","))],"validationTokens":[\#(list)]}"#)
  }
  static func send(
    _ setup: SubscriptionKeeperTests.Setup, _ text: String, method: String = "POST", query: String = ""
  )
    async -> Int
  {
    guard case .http(let handler)? = setup.plugin.routes.first?.handler else { return 0 }
    let request = WebRequest(
      method: method, path: "/teams/subscriptions", query: query, body: Array(text.utf8))
    return await handler(request).status
  }

  @Test func changesComeThroughInTheirOrder() async throws {
    try await Self.streaming { setup, made in
      let words = [("u1", "Busy", "InACall"), ("u2", "away", "away"), ("U1", "Available", "Available")]
      let status = try await Self.post(setup, try words.map { try made.item($0.0, $0.1, $0.2) })
      #expect(status == 202)
      let now = setup.clock.now
      #expect(
        setup.graph.kit.inlet.events == [
          PresenceEvent(user: "u1", presence: Presence(.busy, .inCall, call: .connected), receivedAt: now),
          PresenceEvent(user: "u2", presence: Presence(.away), receivedAt: now),
          PresenceEvent(user: "u1", presence: Presence(.available), receivedAt: now),
        ])
    }
  }

  @Test func onePostMayMixSubscriptionsAndRepeatItself() async throws {
    let people = Set((0..<700).map { UserID("u\($0)") })
    let setup = SubscriptionKeeperTests.Setup(
      accounts: ["sync1@contoso.example", "sync2@contoso.example"], people: people)
    try await setup.whileStreaming {
      await setup.settle { setup.check == .ok(detail: "700 people in 2 subscriptions") }
      let (first, second) = (setup.fake.made[0], setup.fake.made[1])
      let (a, b) = (first.users[0], second.users[0])
      let repeated = try first.item(a, "Busy", "Busy")
      // One with the other's secret is nobody's.
      let crossed = try first.item(a, "Away", "Away", clientState: second.clientState)
      let items = [repeated, try second.item(b, "Away", "Away"), repeated, crossed]
      #expect(try await Self.post(setup, items) == 202)
      #expect(setup.graph.kit.inlet.events.map(\.user.rawValue) == [a, b, a])
      #expect(setup.graph.kit.inlet.events.map(\.presence.availability) == [.busy, .away, .busy])
    }
  }

  @Test func theObservedShapesAreUnderstoodToo() async throws {
    try await Self.streaming { setup, made in
      let head =
        #""subscriptionId":"\#(made.id.uppercased())","clientState":"\#(made.clientState)","id":null"#
      let basic =
        #"{\#(head),"resource":"communications/presences('U2')","resourceData":"#
        + ##"{"@odata.type":"#Microsoft.Graph.presence","activity":"Away","availability":"Away"}}"##
      let first = try await Self.post(setup, [basic], tokens: [])
      #expect(first == 202)
      #expect(setup.graph.kit.inlet.events.map(\.user) == ["u2"])
      #expect(setup.graph.kit.inlet.events.map(\.presence) == [Presence(.away)])
      // Without content there is only the hint that something changed.
      let bare = #"{\#(head),"resource":"communications/presences/u3"}"#
      #expect(try await Self.post(setup, [bare], tokens: []) == 202)
      #expect(setup.graph.kit.inlet.requestedPolls.last == ["u3"])
    }
  }

  @Test func whatIsNotProvenIsDroppedAndAcknowledged() async throws {
    try await Self.streaming { setup, made in
      let good = try made.item("u1", "Busy", "Busy")
      let forged: [([String], [String]?)] = [
        ([try made.item("u1", "Busy", "Busy", clientState: "guess")], nil),
        ([good.replacing(made.id, with: "sub-9")], nil),
        ([good], []),
        ([good], ["garbage"]),
        ([good], [try Notary.shared.token(Notary.Claims(aud: FakeGraph.writer))]),
        ([good], [try Notary.shared.token(), try Notary.shared.token(Notary.Claims(exp: 1))]),
        ([good], [try Notary(keyID: "kid-1").token()]),
        ([good], [try Notary.shared.token(keyID: "nobody's")]),
        ([good], Array(repeating: try Notary.shared.token(), count: 17)),
      ]
      for (index, (items, tokens)) in forged.enumerated() {
        #expect(try await Self.post(setup, items, tokens: tokens) == 202, "\(index)")
      }
      #expect(setup.graph.kit.inlet.events.isEmpty)
      #expect(try await Self.post(setup, [good]) == 202)
      #expect(setup.graph.kit.inlet.events.count == 1, "a good one passes afterwards")
    }
  }

  @Test func withoutValidationTokensPeopleArePolledAndTheRemedyIsSaid() async throws {
    try await Self.streaming { setup, made in
      let items = [try made.item("u1", "Busy", "Busy"), try made.item("u2", "Away", "Away")]
      #expect(try await Self.post(setup, items, tokens: []) == 202)
      #expect(setup.graph.kit.inlet.events.isEmpty)
      #expect(setup.graph.kit.inlet.requestedPolls.last == ["u1", "u2"])
      #expect(
        setup.graph.kit.health.checks["webhook"]?.state
          == .failing(
            reason:
              "notifications come without a validation token, and are dropped; whom they are about is polled",
            remedy:
              "switch \"Assignment required\" off in the properties of the reading enterprise application"))
      // A new subscription says nothing of the tokens.
      setup.fake.state.withLock { $0.made.removeAll() }
      let polls = setup.graph.kit.inlet.requestedPolls.count
      let id = #""subscriptionId":"\#(made.id)","clientState":"\#(made.clientState)""#
      _ = try await Self.post(setup, [#"{"lifecycleEvent":"subscriptionRemoved",\#(id)}"#], tokens: [])
      // For the loss, and for what is made anew.
      #expect(await eventually { setup.graph.kit.inlet.requestedPolls.count >= polls + 2 })
      // Nor does it that whoever keeps subscriptions begins anew.
      for _ in 1...2 {
        if case .failing? = setup.graph.kit.health.checks["webhook"]?.state {
        } else {
          Issue.record("forgotten")
        }
        await setup.plugin.wiring.handler?.webhook.begin()
      }
      let again = try #require(setup.fake.made.first)
      #expect(try await Self.post(setup, [try again.item("u1", "Busy", "Busy")]) == 202)
      if case .ok? = setup.graph.kit.health.checks["webhook"]?.state {
      } else {
        Issue.record("not well again")
      }
    }
  }

  @Test func oneBadItemDoesNotSpoilTheOthers() async throws {
    try await Self.streaming { setup, made in
      let spoilt = try made.item("u1", "Busy", "Busy").replacing(
        #""dataSignature":""#, with: #""dataSignature":"AAAA"#)
      let forged = try made.item("u3", "Busy", "Busy", clientState: "guess")
      let status = try await Self.post(setup, [spoilt, forged, try made.item("u2", "Away", "Away")])
      #expect(status == 202)
      #expect(setup.graph.kit.inlet.events.map(\.user) == ["u2"])
      #expect(setup.graph.kit.inlet.requestedPolls.last == ["u1"], "what could not be opened is asked for")
    }
  }

  @Test func contentForAnotherCertificateIsAskedForInstead() async throws {
    try await Self.streaming { setup, made in
      var other = made
      other.certificate = RichContentTests.certificate
      other.certificateID = "other"
      let status = try await Self.post(setup, [try other.item("u1", "Busy", "Busy")])
      #expect(status == 202)
      #expect(setup.graph.kit.inlet.events.isEmpty)
      #expect(setup.graph.kit.inlet.requestedPolls.last == ["u1"])
    }
  }

  @Test func garbageIsRefused() async throws {
    try await Self.streaming { setup, _ in
      for text in [
        "", "{", "[]", "null", "{}", #"{"value":1}"#, String(repeating: "[", count: 5000), "\u{0}",
      ] {
        #expect(await Self.send(setup, text) == 400)
      }
      let many = Array(repeating: "{}", count: 1001).joined(separator: ",")
      #expect(await Self.send(setup, #"{"value":[\#(many)]}"#) == 400)
      #expect(await Self.send(setup, #"{"value":[]}"#) == 202)
      #expect(await Self.send(setup, #"{"value":[{}]}"#) == 202)
      for method in ["GET", "PUT", "HEAD"] { #expect(await Self.send(setup, "", method: method) == 405) }
      #expect(setup.graph.kit.inlet.events.isEmpty)
    }
  }

  @Test func theHandshakeNeedsNothingOfOurs() async throws {
    let setup = SubscriptionKeeperTests.Setup()
    guard case .http(let handler)? = setup.plugin.routes.first?.handler else { return }
    func echo(_ query: String) async -> WebResponse {
      await handler(WebRequest(method: "POST", path: "/teams/subscriptions", query: query))
    }
    let answer = await echo("validationToken=Validation%3A+Testing%20%3Cb%3E+Request-Id%3a+877c%2b")
    #expect(answer.status == 200)
    #expect(answer.contentType == "text/plain; charset=utf-8")
    #expect(String(decoding: answer.body, as: UTF8.self) == "Validation: Testing <b> Request-Id: 877c+")
    #expect(await echo("kept=1&validationToken=x").body == Array("x".utf8))
    #expect(await echo("validationToken=" + String(repeating: "x", count: 4096)).status == 200)
    #expect(await echo("validationToken=" + String(repeating: "x", count: 4097)).status == 400)
    #expect(setup.graph.http.requests.isEmpty)
    #expect(setup.graph.kit.health.checks["webhook"] == nil, "anybody can ask for an echo")
  }

  @Test func withoutSigningKeysMicrosoftIsAskedToComeAgain() async throws {
    let fake = FakeSubscriptions()
    let graph = FakeGraph { request in
      request.url.contains("openid-configuration")
        ? HTTPResponse(status: 503) : try await fake.answer(request)
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()])
    guard case .http(let handler)? = plugin.routes.first?.handler else { return }
    fake.state.withLock { $0.handler = handler }
    let task = Task { try await plugin.stream(ManualRoster(["u1"])) }
    #expect(await graph.kit.clock.pass(within: SubscriptionPlan.settle) { !fake.made.isEmpty })
    #expect(await eventually { graph.kit.inlet.requestedPolls.contains(["u1"]) })
    let item = try fake.made[0].item("u1", "Busy", "Busy")
    let body = #"{"value":[\#(item)],"validationTokens":["\#(try Notary.shared.token())"]}"#
    let answer = await handler(
      WebRequest(method: "POST", path: "/teams/subscriptions", body: Array(body.utf8)))
    #expect(answer.status == 503)
    #expect(graph.kit.inlet.events.isEmpty)
    task.cancel()
    try await task.value
  }

  @Test func lifecycleNotificationsReachTheSubscription() async throws {
    try await Self.streaming { setup, made in
      func event(_ word: String, _ state: String) -> String {
        #"{"lifecycleEvent":"\#(word)","subscriptionId":"\#(made.id)","clientState":"\#(state)"}"#
      }
      let polls = setup.graph.kit.inlet.requestedPolls.count
      #expect(try await Self.post(setup, [event("missed", "guess")], tokens: []) == 202)
      #expect(try await Self.post(setup, [event("missed", made.clientState)], tokens: []) == 202)
      #expect(await eventually { setup.graph.kit.inlet.requestedPolls.count > polls })
      #expect(setup.graph.kit.inlet.requestedPolls.count == polls + 1)
      _ = try await Self.post(setup, [event("reauthorizationRequired", made.clientState)], tokens: [])
      #expect(await eventually { setup.graph.calls.contains("PATCH /subscriptions/\(made.id)") })
      setup.fake.state.withLock { $0.made.removeAll() }
      _ = try await Self.post(setup, [event("subscriptionRemoved", made.clientState)], tokens: [])
      #expect(await eventually { setup.fake.made.first?.id == "sub-2" })
      // Its last words come too late.
      #expect(await eventually { setup.check == .ok(detail: "3 people in 1 subscription") })
    }
  }

  @Test func strangersAreLoggedOnceAMinute() async {
    let clock = ManualClock()
    let log = QuietLog(
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: clock)
    #expect(await log.warn(.garbage))
    #expect(await log.warn(.garbage) == false)
    #expect(await log.warn(.wrongClientState))
    clock.advance(by: .seconds(60))
    #expect(await log.warn(.garbage))
  }
}
