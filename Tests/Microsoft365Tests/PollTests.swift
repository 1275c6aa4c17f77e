// Polling: the request, the answer, what a push overtakes, and who signs in for it.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct PollTests {
  static let pollSection: ConfigValue = [
    "mode": "poll", "client_id": .scalar(FakeGraph.reader), "client_secret": "env:read-secret",
  ]

  @Test func theRequestAndTheAnswer() async throws {
    let graph = FakeGraph { request in
      guard request.url.hasSuffix("/communications/getPresencesByUserId") else { return nil }
      return .json(
        #"{"value":[{"id":"U2","availability":"Busy","activity":"InAMeeting","sequenceNumber":"A1","#
          + #""outOfOfficeSettings":null,"statusMessage":null},{"id":"u1","availability":"Away","activity":"Away"}]}"#
      )
    }
    let plugin = graph.plugin(["read": Self.pollSection])
    let events = try await plugin.poll(["u1", "u2", "u3"])
    #expect(events.map(\.user) == ["u2", "u1"])
    #expect(events.map(\.presence) == [Presence(.busy, .inMeeting), Presence(.away)])
    let request = graph.http.requests.last!
    #expect(request.method == "POST")
    #expect(request.url == "\(FakeGraph.graph)/communications/getPresencesByUserId")
    #expect(request.text == #"{"ids":["u1","u2","u3"]}"#)
    #expect(graph.tokenRequests[0].text.contains("grant_type=client_credentials"))
    #expect(graph.kit.health.checks["polling"]?.state == .ok(detail: nil))
    #expect(plugin.pollLimits == Limits(maxBatch: 650, maxInFlight: 2, rate: .init(1500, per: .seconds(30))))
    #expect(plugin.pollInterval == .seconds(20))
    #expect(plugin.routes.isEmpty, "nothing is pushed")
    #expect(try await plugin.poll([]) == [])
  }

  @Test func aFailureCarriesItsRemedy() async {
    let graph = FakeGraph { request in
      request.url.contains("getPresences")
        ? .json(#"{"error":{"code":"Forbidden","message":"no"}}"#, status: 403) : nil
    }
    let plugin = graph.plugin(["read": Self.pollSection])
    let hint = "grant Presence.Read.All with admin consent to application \(FakeGraph.reader)"
    let failure = PluginFailure(.operatorAction(hint: hint), "HTTP 403 Forbidden on get_presences: no")
    await #expect(throws: failure) { try await plugin.poll(["u1"]) }
    #expect(
      graph.kit.health.checks["polling"]?.state
        == .failing(reason: "HTTP 403 Forbidden on get_presences: no", remedy: hint))
  }

  /// Graph as a gateway sees it that has an application without permission, and an account.
  static func both(isAccountDead: Bool) -> FakeGraph {
    FakeGraph { request in
      if request.url.hasSuffix("/token") {
        guard request.text.contains("grant_type=password") else {
          return .json(#"{"access_token":"app","expires_in":3600}"#)
        }
        return isAccountDead
          ? .json(#"{"error":"invalid_grant","error_codes":[50057]}"#, status: 400)
          : .json(#"{"access_token":"account","expires_in":3600}"#)
      }
      guard request.url.contains("getPresences") else { return nil }
      return request.header("Authorization") == "Bearer app"
        ? .json(#"{"error":{"code":"Forbidden","message":"no"}}"#, status: 403)
        : .json(#"{"value":[{"id":"u1","availability":"Busy","activity":"Busy"}]}"#)
    }
  }
  static let auto = FakeGraph.readSection(["mode": "auto", "client_secret": "env:read-secret"])

  @Test func anAccountReadsWhereTheApplicationMayNot() async throws {
    let graph = Self.both(isAccountDead: false)
    #expect(try await graph.plugin(["read": Self.auto]).poll(["u1"]).map(\.presence) == [Presence(.busy)])
    #expect(graph.kit.health.checks["polling"]?.state == .ok(detail: nil))
  }

  @Test func whatOneAccountMayNotNoOtherIsAskedFor() async {
    let graph = FakeGraph { request in
      request.url.contains("getPresences")
        ? .json(#"{"error":{"code":"Forbidden","message":"no"}}"#, status: 403) : nil
    }
    let accounts = (1...3).map { "sync\($0)@contoso.example" }
    let section = FakeGraph.readSection(
      ["mode": "auto", "client_secret": "env:read-secret"], accounts: accounts)
    await #expect(throws: PluginFailure.self) { try await graph.plugin(["read": section]).poll(["u1"]) }
    #expect(graph.calls.count == 2, "the application, then an account")
  }

  @Test func whenNobodyIsPushedAndNobodyMayPollTheGatewayIsNotReady() async {
    let graph = Self.both(isAccountDead: true)
    let plugin = graph.plugin(["read": Self.auto])
    await #expect(throws: PluginFailure.self) { try await plugin.poll(["u1"]) }
    #expect(
      graph.kit.health.checks["polling"]
        == Check(
          "polling",
          .failing(
            reason: "HTTP 403 Forbidden on get_presences: no",
            remedy: "grant Presence.Read.All with admin consent to application \(FakeGraph.reader)")))
  }

  @Test func beforeAndBesideALiveSubscriptionAFailedPollIsTold() async throws {
    let setup = SubscriptionKeeperTests.Setup()
    await #expect(throws: PluginFailure.self) { try await setup.plugin.poll(["u1"]) }
    #expect(setup.graph.kit.health.checks["polling"]?.required == true)
    try await setup.whileStreaming {
      await setup.settle { setup.check == .ok(detail: "3 people in 1 subscription") }
      await #expect(throws: PluginFailure.self) { try await setup.plugin.poll(["u1"]) }
      let check = setup.graph.kit.health.checks["polling"]
      #expect(check?.required == false)
      if case .failing? = check?.state {} else { Issue.record("\(String(describing: check))") }
    }
  }

  @Test func whoIsNotAskedForAnyMoreIsForgottenWhereNothingIsPushed() async throws {
    let graph = FakeGraph { request in
      guard request.url.contains("getPresences") else { return nil }
      let sequence = request.text.contains("u2") ? "A2" : "A1"
      return .json(
        #"{"value":[{"id":"u1","availability":"Busy","activity":"Busy","sequenceNumber":"\#(sequence)"}]}"#)
    }
    let plugin = graph.plugin(["read": Self.pollSection])
    let roster = ManualRoster(["u1", "u2"])
    let task = Task { try await plugin.stream(roster) }
    #expect(try await plugin.poll(["u1", "u2"]).count == 1)
    #expect(try await plugin.poll(["u1"]).isEmpty, "older than what is known")
    roster.set(["u2"])
    #expect(await eventually { (try? await plugin.poll(["u1"]).count) == 1 })
    task.cancel()
    try await task.value
  }

  @Test func anOlderAnswerDoesNotUndoAPush() async throws {
    let gate = AsyncStream.makeStream(of: Void.self)
    let fake = FakeSubscriptions()
    let graph = FakeGraph { request in
      guard request.url.contains("getPresences") else { return try await fake.answer(request) }
      for await _ in gate.stream { break }
      return .json(
        #"{"value":[{"id":"u1","availability":"Away","activity":"Away"},"#
          + #"{"id":"u2","availability":"Away","activity":"Away"}]}"#)
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()])
    guard case .http(let handler)? = plugin.routes.first?.handler else { return }
    fake.state.withLock { $0.handler = handler }
    let task = Task { try await plugin.stream(ManualRoster(["u1", "u2"])) }
    #expect(
      await graph.kit.clock.pass(within: SubscriptionPlan.settle) {
        graph.kit.inlet.requestedPolls.contains(["u1", "u2"])
      })

    async let polled = plugin.poll(["u1", "u2"])
    #expect(await eventually { graph.http.requests.contains { $0.url.contains("getPresences") } })
    let item = try fake.made[0].item("u1", "Busy", "Busy")
    let body = #"{"value":[\#(item)],"validationTokens":["\#(try Notary.shared.token())"]}"#
    #expect(await handler(WebRequest(method: "POST", path: "/", body: Array(body.utf8))).status == 202)
    gate.continuation.yield()
    #expect(try await polled.map(\.user) == ["u2"], "what was pushed meanwhile is newer")
    task.cancel()
    try await task.value
  }

  @Test func withoutAReadSectionNothingIsPolled() async throws {
    let plugin = FakeGraph().plugin(["write": FakeGraph.writeSection])
    await #expect(throws: PluginFailure(.giveUp, "teams has no `read` section")) {
      try await plugin.poll(["u1"])
    }
    try await plugin.stream(ManualRoster(["u1"]))
  }

  @Test func signInsAreKeptFreshFromTheStart() async throws {
    let graph = FakeGraph { Notary.shared.answer($0) }
    let plugin = graph.plugin(["read": FakeGraph.readSection(), "write": FakeGraph.writeSection])
    let task = Task { try await plugin.run() }
    #expect(await eventually { graph.tokenRequests.count == 2 })
    #expect(await eventually { graph.http.requests.contains { $0.url.hasSuffix("/keys") } })
    // The freshening, the keys and the look at what was written.
    await graph.kit.clock.sleepers(atLeast: 3)
    // At 70 % of its life a token is renewed although nobody asks for it.
    for _ in 0..<43 {
      graph.kit.clock.advance(by: .seconds(60))
      await graph.kit.clock.sleepers(atLeast: 3)
    }
    #expect(await eventually { graph.tokenRequests.count >= 4 })
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
