// The whole way of a subscription: sweep, handshake, create, renew, repair after faults, and leaving nothing behind.

import CoreMetrics
import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct SubscriptionKeeperTests {
  struct Setup {
    let fake: FakeSubscriptions
    let graph: FakeGraph
    let plugin: Microsoft365Plugin
    let roster: ManualRoster
    var clock: ManualClock { graph.kit.clock }
    var check: Check.State? { graph.kit.health.checks["subscriptions"]?.state }

    init(
      accounts: [String] = ["sync1@contoso.example"], people: Set<UserID> = ["u1", "u2", "u3"],
      fake: FakeSubscriptions = FakeSubscriptions(), state: MemoryState = MemoryState(),
      read: [String: ConfigValue] = [:], metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
      self.fake = fake
      graph = FakeGraph(state: state) { try await fake.answer($0) }
      plugin = graph.plugin(["read": FakeGraph.readSection(read, accounts: accounts)], metrics: metrics)
      roster = ManualRoster(people)
      guard case .http(let handler)? = plugin.routes.first?.handler else { return }
      fake.state.withLock { $0.handler = handler }
    }

    /// Runs the plugin's stream while `body` runs, and waits for its end.
    func whileStreaming(_ body: () async throws -> Void) async throws {
      let task = Task { [plugin, roster] in try await plugin.stream(roster) }
      try await body()
      task.cancel()
      try await task.value
    }
    /// Lets the roster settle, and nothing more: making a key takes real time, in which none may pass here.
    func settle(until condition: () async -> Bool) async {
      #expect(await clock.pass(within: SubscriptionPlan.settle, until: condition))
    }
    /// Lets the time pass for which somebody waits.
    func advance(until condition: () async -> Bool) async {
      #expect(await clock.pass(within: .seconds(60), until: condition))
    }
  }

  @Test func fromRosterToSubscriptionAndBack() async throws {
    let setup = Setup()
    try await setup.whileStreaming {
      await setup.settle { setup.check == .ok(detail: "3 people in 1 subscription") }
      #expect(setup.graph.calls == ["GET /subscriptions", "POST /subscriptions"])
      let made = try #require(setup.fake.made.first)
      #expect(made.users == ["u1", "u2", "u3"])
      #expect(made.url == "https://gateway.example.com/teams/subscriptions")
      #expect(setup.graph.kit.inlet.requestedPolls.last == ["u1", "u2", "u3"])
      #expect(
        setup.graph.kit.health.checks["webhook"]
          == Check(
            "webhook", .ok(detail: "Microsoft reaches https://gateway.example.com/teams/subscriptions"),
            required: false))
    }
    #expect(setup.fake.made.isEmpty, "nothing stays behind")
    #expect(setup.graph.calls.last == "DELETE /subscriptions/sub-1")
  }

  @Test func theRequestIsWhatMicrosoftDocuments() async throws {
    let setup = Setup(people: ["u1", "u2"])
    try await setup.whileStreaming { await setup.settle { !setup.fake.made.isEmpty } }
    let request = try #require(
      setup.graph.http.requests.first { $0.method == "POST" && $0.url.hasSuffix("/subscriptions") })
    let made = try JSONDecoder().decode(SubscriptionFields.self, from: Data(request.body ?? []))
    #expect(made.changeType == "updated")
    #expect(made.resource == "/communications/presences?$filter=id in ('u1','u2')")
    #expect(made.notificationUrl == made.lifecycleNotificationUrl)
    #expect(made.includeResourceData)
    #expect(made.latestSupportedTlsVersion == "v1_2")
    #expect(made.clientState.utf8.count == 43, "256 random bits")
    #expect(made.encryptionCertificateId.utf8.count <= 128)
    let certificate = try Certificate(der: try #require(Base64.decode(made.encryptionCertificate)))
    #expect(certificate.publicKey.rsaModulus.count == 256)
    let expires = try #require(graphDate(made.expirationDateTime))
    let ahead = expires.timeIntervalSince(setup.clock.date)
    #expect((3480...3540).contains(ahead), "a little less than the hour that is allowed")
  }
  private struct SubscriptionFields: Decodable {
    var changeType, notificationUrl, lifecycleNotificationUrl, resource, expirationDateTime: String
    var includeResourceData: Bool
    var encryptionCertificate, encryptionCertificateId, clientState, latestSupportedTlsVersion: String
  }

  @Test func renewedEveryTenMinutesAndMadeAnewWhenGone() async throws {
    // No timer but the subscription's own, so that no time passes while a step is under way.
    let setup = Setup(read: ["fallback_interval": "1h"])
    try await setup.whileStreaming {
      await setup.settle { !setup.fake.made.isEmpty }
      let first = setup.fake.made[0].expires
      await setup.advance { setup.fake.made.first?.expires != first }
      #expect(setup.graph.calls.contains("PATCH /subscriptions/sub-1"))
      #expect(setup.clock.now >= Moment(nanoseconds: 600_000_000_000))
      // Deleted on the other side: the next check finds out.
      setup.fake.state.withLock { $0.made.removeAll() }
      await setup.advance { setup.fake.made.first?.id == "sub-2" }
      #expect(await eventually { setup.check == .ok(detail: "3 people in 1 subscription") })
    }
  }

  @Test func leftoversAreSweptAtTheStart() async throws {
    let setup = Setup()
    let old = FakeSubscriptions.Made(
      id: "old", account: "sync1@contoso.example", resource: "/communications/presences?$filter=id in ('u9')",
      url: "https://gateway.example.com/teams/subscriptions", clientState: "",
      certificate: RichContentTests.certificate, certificateID: "", expires: "")
    setup.fake.state.withLock { $0.made = [old] }
    try await setup.whileStreaming { await setup.settle { setup.fake.made.first?.id == "sub-1" } }
    #expect(
      setup.graph.calls.prefix(3) == [
        "GET /subscriptions", "DELETE /subscriptions/old", "POST /subscriptions",
      ])
  }

  @Test func aForeignSubscriptionIsRemovedOnlyWhenItIsInTheWay() async throws {
    let setup = Setup()
    let foreign = FakeSubscriptions.Made(
      id: "foreign", account: "sync1@contoso.example",
      resource: "/communications/presences?$filter=id in ('u9')",
      url: "https://elsewhere.example/hook", clientState: "", certificate: RichContentTests.certificate,
      certificateID: "", expires: "")
    setup.fake.state.withLock { $0.made = [foreign] }
    try await setup.whileStreaming { await setup.settle { setup.fake.made.first?.id == "sub-1" } }
    #expect(
      setup.graph.calls.prefix(6) == [
        "GET /subscriptions", "POST /subscriptions", "GET /subscriptions", "GET /subscriptions",
        "DELETE /subscriptions/foreign", "POST /subscriptions",
      ])
  }

  @Test func whoSubscribesWithTheSameAccountIsNamed() async throws {
    let setup = Setup()
    let calls = try #require(setup.plugin.wiring.keeper()).calls
    let signIn = await setup.plugin.wiring.accounts.signIns
    let create = SubscriptionPlan.Step.create(account: "sync1@contoso.example", users: ["u1"])
    for (url, rival, reason) in [
      (
        "https://elsewhere.example/hook", Rival.elsewhere(url: "https://elsewhere.example/hook"),
        "another gateway, at https://elsewhere.example/hook, subscribes with the same account"
      ),
      (
        "https://gateway.example.com/teams/subscriptions", .sameAddress,
        "another account of this gateway, or a gateway with the same address, subscribes with the same account"
      ),
    ] {
      let foreign = FakeSubscriptions.Made(
        id: "foreign", account: "sync1@contoso.example", resource: "/communications/presences/u9", url: url,
        clientState: "", certificate: RichContentTests.certificate, certificateID: "", expires: "")
      setup.fake.state.withLock { $0.made = [foreign] }
      #expect(await calls.perform(create, as: signIn) == .conflict(with: rival))
      #expect(SubscriptionFailure.contested(by: rival).reason == reason)
    }
  }

  @Test func whatIsMadeTakesThePlaceOfItsAccountsOthersAlone() async throws {
    let setup = Setup()
    let calls = try #require(setup.plugin.wiring.keeper()).calls
    func enter(_ id: String, _ account: String, _ subject: SubscriptionBook.Entry.Subject) async {
      await calls.book.enter(id, .init(account: account, clientState: "c", keyID: "k", subject: subject))
    }
    let account = "sync1@contoso.example"
    await enter("earlier", account, .presence(["u1", "u9"]))
    await enter("another's", "sync2@contoso.example", .presence(["u2"]))
    await enter("users", account, .users)
    let create = SubscriptionPlan.Step.create(account: account, users: ["u1"])
    guard case .created(let id, _) = await calls.perform(create, as: setup.plugin.wiring.accounts.signIns)
    else {
      Issue.record("not created")
      return
    }
    #expect(await calls.book.find("earlier") == nil)
    for other in [id, "another's", "users"] { #expect(await calls.book.find(other) != nil, "\(other)") }
    #expect(await calls.book.remembered()[account] == ["u1"])
  }

  @Test func whatCannotBeDeletedIsListenedToOn() async throws {
    let setup = Setup()
    let calls = try #require(setup.plugin.wiring.keeper()).calls
    let signIn = await setup.plugin.wiring.accounts.signIns
    let account = "sync1@contoso.example"
    guard case .created(let id, _) = await calls.perform(.create(account: account, users: ["u1"]), as: signIn)
    else {
      Issue.record("not created")
      return
    }
    for step in [
      SubscriptionPlan.Step.delete(account: account, id: id), .sweep(account: account, everything: true),
    ] {
      setup.fake.state.withLock { $0.deleteFaults = [503] }
      guard case .failed = await calls.perform(step, as: signIn) else {
        Issue.record("\(step)")
        continue
      }
      #expect(await calls.book.find(id) != nil, "\(step)")
    }
    #expect(await calls.perform(.delete(account: account, id: id), as: signIn) == .deleted)
    #expect(await calls.book.find(id) == nil)
  }

  @Test func anUnreachableWebhookIsSaidWithItsRemedy() async throws {
    let setup = Setup()
    setup.fake.state.withLock { $0.handler = { _ in WebResponse(502) } }
    let remedy =
      "check that Microsoft reaches https://gateway.example.com/teams/subscriptions: name, firewall, and a "
      + "complete, publicly trusted certificate chain"
    try await setup.whileStreaming {
      await setup.settle { if case .failing = setup.check { true } else { false } }
      #expect(
        setup.check
          == .failing(
            reason:
              "sync1@contoso.example: HTTP 400 ValidationError on subscribe: timed out; 3 of 3 people are polled",
            remedy: remedy))
      #expect(
        setup.graph.kit.health.checks["webhook"]?.state
          == .failing(reason: "HTTP 400 ValidationError on subscribe: timed out", remedy: remedy))
      // Meanwhile they are polled every 20 s.
      let polls = setup.graph.kit.inlet.requestedPolls.count
      await setup.advance { setup.graph.kit.inlet.requestedPolls.count > polls + 1 }
      #expect(setup.graph.kit.inlet.requestedPolls.last == ["u1", "u2", "u3"])
      guard case .http(let handler)? = setup.plugin.routes.first?.handler else { return }
      setup.fake.state.withLock { $0.handler = handler }
      await setup.advance { setup.check == .ok(detail: "3 people in 1 subscription") }
    }
  }

  @Test func aTroubleThatLastsIsOneWarning() async throws {
    let (count, log) = (Locked(0), NotedLog())
    let graph = FakeGraph { request in
      if request.url.hasSuffix("/token") { return nil }
      let number = count.withLock { count in
        count += 1
        return count
      }
      return .json("{}", status: number < 4 ? 500 : 403, headers: [("request-id", "r-\(number)")])
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection()], log: log)
    func levels() -> [String] {
      log.lines.filter { $0.contains("A subscription step failed") }.map { String($0.prefix { $0 != ":" }) }
    }
    let task = Task { try await plugin.stream(ManualRoster(["u1"])) }
    #expect(await graph.kit.clock.pass(within: .seconds(900)) { levels().count >= 5 })
    #expect(levels().prefix(5) == ["warning", "debug", "debug", "warning", "debug"])
    task.cancel()
    _ = await task.result
  }

  @Test func newPeopleAreTakenUpAndPolled() async throws {
    let setup = Setup()
    try await setup.whileStreaming {
      await setup.settle { setup.check == .ok(detail: "3 people in 1 subscription") }
      setup.roster.set(["u1", "u2", "u3", "u4"])
      await setup.advance { setup.check == .ok(detail: "4 people in 1 subscription") }
      #expect(setup.fake.made.map(\.users) == [["u1", "u2", "u3", "u4"]])
      #expect(setup.graph.kit.inlet.requestedPolls.last == ["u1", "u2", "u3", "u4"])
    }
  }

  @Test func eachAccountCarriesItsShare() async throws {
    let people = Set((0..<1000).map { UserID("u\($0)") })
    let setup = Setup(accounts: ["sync1@contoso.example", "sync2@contoso.example"], people: people)
    try await setup.whileStreaming {
      await setup.settle { setup.check == .ok(detail: "1,000 people in 2 subscriptions") }
      #expect(Set(setup.fake.made.map(\.account)).count == 2)
      #expect(setup.fake.made.map(\.users.count).sorted() == [350, 650])
      #expect(Set(setup.fake.made.map(\.clientState)).count == 2, "each has its own secret")
    }
    #expect(setup.fake.made.isEmpty)
  }
}
