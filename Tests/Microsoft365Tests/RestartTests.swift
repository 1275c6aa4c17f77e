// A restart after a crash: what lives at Microsoft is taken over with its secrets, and nothing that comes meanwhile is
// lost; a clock that is wrong; a certificate that is changed under a living subscription.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct RestartTests {
  typealias Setup = SubscriptionKeeperTests.Setup
  struct Crash {
    let made: [FakeSubscriptions.Made]
    let state: MemoryState
  }

  /// What is left, here and at Microsoft, when the gateway is killed while it watches u1, u2 and u3.
  static func crash() async throws -> Crash {
    let setup = Setup()
    var crash: Crash?
    try await setup.whileStreaming {
      await setup.settle { setup.check == .ok(detail: "3 people in 1 subscription") }
      crash = Crash(made: setup.fake.made, state: await copy(setup.graph.kit.state))
    }
    return try #require(crash)
  }
  static func copy(_ state: MemoryState) async -> MemoryState {
    let copy = MemoryState()
    for (name, value) in state.values { await copy.set(value, for: name) }
    for (name, secret) in state.secrets { try? await copy.setSecret(secret, for: name) }
    return copy
  }
  static func restart(_ crash: Crash, people: Set<UserID> = ["u1", "u2", "u3"]) -> Setup {
    let setup = Setup(people: people, state: crash.state)
    setup.fake.state.withLock {
      $0.made = crash.made
      $0.next = 100
    }
    return setup
  }

  @Test func aLivingSubscriptionIsTakenOver() async throws {
    let setup = Self.restart(try await Self.crash())
    // Before anything of ours has begun.
    let status = try await NotificationTests.post(
      setup, [try setup.fake.made[0].item("u2", "Busy", "InAMeeting")])
    #expect(status == 202)
    #expect(setup.graph.kit.inlet.events.map(\.presence) == [Presence(.busy, .inMeeting)])
    try await setup.whileStreaming {
      #expect(await eventually { setup.graph.calls.contains("PATCH /subscriptions/sub-1") })
      #expect(await eventually { setup.check == .ok(detail: "3 people in 1 subscription") })
      #expect(setup.graph.kit.inlet.requestedPolls.contains(["u1", "u2", "u3"]))
    }
    #expect(setup.graph.calls.filter { $0.hasPrefix("POST /subscriptions") } == [], "none was made")
    #expect(setup.fake.made.isEmpty)
    #expect(setup.graph.kit.state.values.isEmpty, "an orderly end leaves nothing to take over")
    #expect(setup.graph.kit.state.secrets[KeptSubscriptions.secretName] == nil)
  }

  @Test func nothingIsTakenOverWithoutItsSecrets() async throws {
    let crash = try await Self.crash()
    // The encryption key of the tests is given from outside, so its secret is not the one that can be missing.
    try await crash.state.setSecret(nil, for: KeptSubscriptions.secretName)
    let setup = Self.restart(crash)
    try await setup.whileStreaming {
      await setup.settle { setup.fake.made.first?.id == "sub-100" }
      #expect(
        setup.graph.calls.prefix(3) == [
          "GET /subscriptions", "DELETE /subscriptions/sub-1", "POST /subscriptions",
        ])
    }
  }

  /// A gateway without `secrets_key`.
  private struct Keyless: PluginState {
    let inner = MemoryState()
    func value(_ name: String) async -> [UInt8]? { await inner.value(name) }
    func set(_ value: [UInt8]?, for name: String) async { await inner.set(value, for: name) }
    func secret(_ name: String) async throws(SecretUnavailable) -> String? {
      throw SecretUnavailable("no key")
    }
    func setSecret(_ value: String?, for name: String) async throws(SecretUnavailable) {
      throw SecretUnavailable("no key")
    }
  }

  @Test func withoutAKeyForSecretsEverythingWorksButTheTakeOver() async throws {
    let kit = RecordingContext()
    let state = Keyless()
    let context = PluginContext(
      id: "teams", logger: kit.context().logger, metrics: kit.context().metrics, clock: kit.clock,
      inlet: kit.inlet, sink: kit.signals, health: kit.health, users: kit.users, state: state,
      status: FixedStatus(), http: kit.http, webSockets: kit.dialer, publicURL: nil)
    let keys = EncryptionKeys(pool: CryptoPool(threads: 1), context: context)
    let key = try await keys.current()
    #expect(await keys.find(id: key.id, thumbprint: nil) != nil)
    let book = SubscriptionBook(context: context)
    await book.enter(
      "S", .init(account: "sync1", clientState: "c", keyID: key.id, subject: .presence(["u1"])))
    #expect(await book.find("s")?.proves("c") == true)
    #expect(state.inner.values.isEmpty, "no people are kept without the secret")
    #expect(await SubscriptionBook(context: context).find("s") == nil)
  }

  @Test func oneThatWatchesOthersOrPostsElsewhereIsNotTakenOver() async throws {
    let crash = try await Self.crash()
    for spoil in [
      { (made: inout FakeSubscriptions.Made) in made.resource = SubscriptionDraft.resource(["u1", "u2"]) },
      { made in made.expires = "2026-01-01T00:00:00Z" },
    ] {
      var made = crash.made
      spoil(&made[0])
      let setup = Self.restart(Crash(made: made, state: await Self.copy(crash.state)))
      try await setup.whileStreaming {
        await setup.settle { setup.fake.made.first?.id == "sub-100" }
        #expect(setup.graph.calls.contains("DELETE /subscriptions/sub-1"))
      }
    }
  }

  @Test func aClockTenMinutesWrongCostsAWarningOnly() async throws {
    for minutes in [-10.0, 10] {
      let setup = Setup()
      let clock = setup.clock
      setup.fake.state.withLock { $0.date = { clock.date.addingTimeInterval(minutes * 60) } }
      try await setup.whileStreaming {
        await setup.settle { setup.check == .ok(detail: "3 people in 1 subscription") }
        // The notary signs for now, by Microsoft's clock.
        let now = clock.date.timeIntervalSince1970 + minutes * 60
        let token = try Notary.shared.token(Notary.Claims(exp: now + 60, nbf: now - 60))
        let item = try setup.fake.made[0].item("u1", "Away", "Away")
        #expect(try await NotificationTests.post(setup, [item], tokens: [token]) == 202)
        #expect(setup.graph.kit.inlet.events.map(\.user) == ["u1"])
        let before = setup.fake.made[0].expires
        // Not further: an answer under way takes none of this clock's time.
        setup.clock.advance(by: .seconds(601))
        #expect(await eventually { setup.fake.made.first?.expires != before })
        #expect(setup.fake.made.map(\.id) == ["sub-1"], "renewed, not made anew")
      }
      #expect(
        setup.graph.kit.health.checks["clock"]
          == Check(
            "clock",
            .failing(
              reason: "this machine's clock is 10 min \(minutes > 0 ? "behind" : "ahead of") Microsoft's",
              remedy: "synchronise the clock, for example with chrony or systemd-timesyncd"), required: false)
      )
    }
  }

  @Test func aDueCertificateIsChangedAtTheNextRenewal() async throws {
    let kit = RecordingContext()
    kit.clock.advance(by: .seconds(Date().timeIntervalSince(kit.clock.date)))
    let old = try EncryptionKey.generate(validDays: 20)
    let keys = EncryptionKeysTests.keys(kit, made: old)
    let fake = FakeSubscriptions()
    let graph = FakeGraph { try await fake.answer($0) }
    let options = graph.options(["read": FakeGraph.readSection()])
    let book = SubscriptionBook(context: kit.context())
    let calls = SubscriptionCalls(
      graph: graph.client(options), context: kit.context(), notificationURL: "https://g.example/hook",
      book: book, keys: keys)
    fake.state.withLock {
      $0.made = [
        FakeSubscriptions.Made(
          id: "s", account: "sync1", resource: "", url: "", clientState: "", certificate: old.certificate,
          certificateID: old.id, expires: "")
      ]
    }
    await book.enter(
      "s", .init(account: "sync1", clientState: "c", keyID: old.id, subject: .presence(["u1"])))
    let account = options.read!.accounts[0]
    let signIn = [ReadingAccount(account, options: options, required: true).signIn]
    fake.state.withLock { $0.made[0].account = account.username }
    guard case .renewed = await calls.perform(.renew(account: "sync1", id: "s"), as: signIn) else {
      Issue.record("not renewed")
      return
    }
    let new = try await keys.current()
    #expect(new.id != old.id)
    #expect(fake.made[0].certificateID == new.id)
    #expect(await book.usedKeys == [new.id])
    #expect(await keys.find(id: old.id, thumbprint: nil) != nil, "for what is still under way")
    // Where a renewal may not bring a certificate, the subscription is made anew.
    fake.state.withLock { $0.refusesNewCertificates = true }
    await book.confirm("s", keyID: old.id)
    #expect(await calls.perform(.renew(account: "sync1", id: "s"), as: signIn) == .outdated)
    // Also where a renewal that brings one succeeds, and the answer says that the old one is used on.
    fake.state.withLock {
      ($0.refusesNewCertificates, $0.ignoresNewCertificates) = (false, true)
      $0.made[0].certificateID = old.id
    }
    #expect(await calls.perform(.renew(account: "sync1", id: "s"), as: signIn) == .outdated)
    #expect(await book.usedKeys == [old.id])
  }
}
