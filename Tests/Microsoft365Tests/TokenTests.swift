// Tokens: cached, fetched once for all who ask, renewed early, held after a refusal; and what the request looks like.

import FoundationEssentials
import Logging
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct TokenTests {
  static func account(_ secret: Secret) -> SignIn {
    SignIn(
      purpose: .reading, grant: .password(username: "sync1@contoso.example"), clientID: "app", scope: "a b",
      credential: .secret(secret), required: true)
  }
  static let secret = Secret(reference: "env:X") { () throws(SecretUnavailable) in "p&ss w=rd" }

  static func cache(_ graph: FakeGraph) -> TokenCache {
    let context = graph.kit.context()
    return TokenCache(
      options: graph.options(["read": FakeGraph.readSection()]), context: context,
      metrics: PluginMetrics(context: context))
  }

  @Test func theRequestIsAnEncodedForm() async throws {
    let graph = FakeGraph()
    #expect(try await Self.cache(graph).token(for: Self.account(Self.secret)) == "token")
    let request = graph.http.requests[0]
    #expect(request.method == "POST")
    #expect(request.url == "\(FakeGraph.login)/\(FakeGraph.tenant)/oauth2/v2.0/token")
    #expect(request.header("Content-Type") == "application/x-www-form-urlencoded")
    #expect(
      request.text
        == "grant_type=password&client_id=app&scope=a%20b&username=sync1%40contoso.example&password=p%26ss%20w%3Drd"
    )
    #expect(
      graph.kit.health.checks["reading sign-in sync1@contoso.example"]?.state == .ok(detail: nil))
  }

  @Test func theApplicationSignsInWithItsSecret() async throws {
    let graph = FakeGraph()
    let options = graph.options(["write": FakeGraph.writeSection])
    let signIn = SignIn.application(
      .writing, clientID: "app", credential: .secret(Self.secret), options: options, required: true)
    _ = try await Self.cache(graph).token(for: signIn)
    #expect(
      graph.http.requests[0].text
        == "grant_type=client_credentials&client_id=app&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        + "&client_secret=p%26ss%20w%3Drd")
    #expect(graph.kit.health.checks["writing sign-in"]?.state == .ok(detail: nil))
  }

  @Test func manyAskOneIsSent() async throws {
    let gate = AsyncStream.makeStream(of: Void.self)
    let graph = FakeGraph { _ in
      for await _ in gate.stream { break }
      return nil
    }
    let cache = Self.cache(graph)
    let signIn = Self.account(Self.secret)
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { try await cache.token(for: signIn) } }
      #expect(await eventually { !graph.http.requests.isEmpty })
      gate.continuation.yield()
      for try await token in group { #expect(token == "token") }
    }
    #expect(graph.http.requests.count == 1)
  }

  @Test func aTokenIsRenewedBesideItsUse() async throws {
    let graph = FakeGraph()
    let cache = Self.cache(graph)
    let signIn = Self.account(Self.secret)
    _ = try await cache.token(for: signIn)
    graph.kit.clock.advance(by: .seconds(2519))
    _ = try await cache.token(for: signIn)
    #expect(graph.http.requests.count == 1)
    graph.kit.clock.advance(by: .seconds(1))
    _ = try await cache.token(for: signIn)
    #expect(await eventually { graph.http.requests.count == 2 })
  }

  @Test func aWrongPasswordIsNotTriedAgainUntilItChanges() async throws {
    let password = Locked("wrong")
    let graph = FakeGraph { request in
      request.text.contains("password=wrong")
        ? .json(#"{"error":"invalid_grant","error_codes":[50126]}"#, status: 400) : nil
    }
    let cache = Self.cache(graph)
    let signIn = Self.account(
      Secret(reference: "file:p") { () throws(SecretUnavailable) in password.withLock { $0 } })
    for _ in 0..<5 {
      await #expect(throws: PluginFailure.self) { try await cache.token(for: signIn) }
      graph.kit.clock.advance(by: .seconds(600))
    }
    #expect(graph.http.requests.count == 1)
    #expect(
      graph.kit.health.checks["reading sign-in sync1@contoso.example"]
        == Check(
          "reading sign-in sync1@contoso.example",
          .failing(
            reason: "AADSTS50126: wrong user or password",
            remedy: "enter the password again; for federated or pass-through accounts check the agents")))
    password.withLock { $0 = "right" }
    #expect(try await cache.token(for: signIn) == "token")
  }

  @Test func afterAnHourItIsTriedOnceMore() async throws {
    let graph = FakeGraph { _ in .json(#"{"error":"invalid_grant","error_codes":[50053]}"#, status: 400) }
    let cache = Self.cache(graph)
    let signIn = Self.account(Self.secret)
    for _ in 0..<2 { await #expect(throws: PluginFailure.self) { try await cache.token(for: signIn) } }
    graph.kit.clock.advance(by: .seconds(3600))
    for _ in 0..<2 { await #expect(throws: PluginFailure.self) { try await cache.token(for: signIn) } }
    #expect(graph.http.requests.count == 2)
  }

  @Test func whatSomebodyMendedElsewhereIsTriedAtOnceAndCountsAsNoTry() async throws {
    let isMended = Locked(false)
    let graph = FakeGraph { _ in
      isMended.withLock { $0 } ? nil : .json(#"{"error":"invalid_grant","error_codes":[50126]}"#, status: 400)
    }
    let cache = Self.cache(graph)
    let signIn = Self.account(Self.secret)
    func fails() async {
      await #expect(throws: PluginFailure.self) { try await cache.token(for: signIn) }
    }
    for number in 1...3 {
      await fails()
      #expect(graph.http.requests.count == number)
      await cache.release()
    }
    for number in 4...5 {
      await fails()
      #expect(graph.http.requests.count == number)
      // However often it is asked for, there is a minute between two tries now: accounts are locked for guessing.
      for second in [0, 20, 39] {
        graph.kit.clock.advance(by: .seconds(second))
        await cache.release()
        await fails()
        #expect(graph.http.requests.count == number)
      }
      graph.kit.clock.advance(by: .seconds(1))
    }
    await fails()
    #expect(graph.http.requests.count == 6)
    // Asked for or not, the next try by itself is an hour after the last.
    graph.kit.clock.advance(by: .seconds(3599))
    await fails()
    #expect(graph.http.requests.count == 6)
    graph.kit.clock.advance(by: .seconds(1))
    await fails()
    #expect(graph.http.requests.count == 7)
    isMended.withLock { $0 = true }
    // The last try is long ago.
    graph.kit.clock.advance(by: .seconds(600))
    await cache.release()
    #expect(try await cache.token(for: signIn) == "token")
  }

  @Test func nobodysWishComesBeforeWhatMicrosoftAsksFor() {
    var slot = TokenSlot()
    func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }
    let busy = SignInRefusal(status: 429, body: [], retryAfter: .seconds(300))
    let failure = slot.refuse(busy, digest: [1], now: at(0))
    slot.release(now: at(10))
    #expect(slot.decide(now: at(299)) == .hold(failure, digest: [1]))
    #expect(slot.decide(now: at(300)) == .fetch)
    // A wish makes no pause longer.
    let outage = slot.refuse(
      SignInRefusal(status: 500, body: [], retryAfter: .seconds(5)), digest: [1], now: at(300))
    slot.release(now: at(301))
    #expect(slot.decide(now: at(304)) == .hold(outage, digest: [1]))
    #expect(slot.decide(now: at(305)) == .fetch)
    // What never reached Microsoft waits for nobody.
    _ = slot.lose(PluginFailure(.retry(after: nil), "cannot reach it"), digest: [1], now: at(305))
    slot.release(now: at(305))
    #expect(slot.decide(now: at(305)) == .fetch)
  }

  @Test func anOutageDoesNotMakeALockoutLonger() {
    var slot = TokenSlot()
    let lockout = SignInRefusal(status: 400, body: Array(#"{"error_codes":[50126]}"#.utf8), retryAfter: nil)
    let outage = SignInRefusal(status: 503, body: [], retryAfter: nil)
    var now = Moment(nanoseconds: 0)
    for _ in 0..<5 {
      _ = slot.lose(PluginFailure(.retry(after: nil), "cannot reach it"), digest: [1], now: now)
      now = now + .seconds(60)
      _ = slot.refuse(outage, digest: [1], now: now)
      now = now + .seconds(60)
    }
    for hours in [1, 2, 4] {
      let failure = slot.refuse(lockout, digest: [1], now: now)
      #expect(slot.decide(now: now + .seconds(hours * 3600 - 1)) == .hold(failure, digest: [1]))
      now = now + .seconds(hours * 3600)
      #expect(slot.decide(now: now) == .fetch, "\(hours) h")
    }
  }

  @Test func whileNobodyAnswersItIsAskedMoreRarelyAndTheLogSaysItOnce() async throws {
    let isDown = Locked(true)
    let graph = FakeGraph { _ in
      if isDown.withLock({ $0 }) { throw HTTPClientError.cannotConnect("refused") }
      return nil
    }
    let told = NotedLog()
    let context = graph.kit.context(logger: told.logger())
    func warnings() -> Int { told.lines.count { $0.hasPrefix("warning: ") } }
    let cache = TokenCache(
      options: graph.options(["read": FakeGraph.readSection()]), context: context,
      metrics: PluginMetrics(context: context))
    let signIn = Self.account(Self.secret)
    func tries(_ seconds: Int) async -> Int {
      let before = graph.http.requests.count
      for _ in 0..<seconds {
        _ = try? await cache.token(for: signIn)
        graph.kit.clock.advance(by: .seconds(1))
      }
      return graph.http.requests.count - before
    }
    #expect(await tries(64) == 7, "after 1, 2, 4, 8, 16 and 32 s")
    #expect(await tries(600) == 10, "then every minute")
    #expect(warnings() == 1)
    isDown.withLock { $0 = false }
    graph.kit.clock.advance(by: .seconds(60))
    #expect(try await cache.token(for: signIn) == "token")
    // A token that still lives hides nothing: the next outage is told once, too.
    isDown.withLock { $0 = true }
    graph.kit.clock.advance(by: .seconds(2600))
    for _ in 0..<3 {
      let (asked, before) = (graph.http.requests.count, told.lines.count)
      #expect(try await cache.token(for: signIn) == "token")
      // Only when it is over does the time until the next try run.
      #expect(await eventually { told.lines.count > before })
      #expect(graph.http.requests.count > asked)
      graph.kit.clock.advance(by: .seconds(60))
    }
    #expect(warnings() == 2)
  }

  static let lives: [(String, Double)] = [
    ("1e11", 172_800), (#""1e300""#, 172_800), ("-5", 60), ("0", 60), (#""nan""#, 3600), (#""-inf""#, 60),
    ("null", 3600),
  ]
  @Test(arguments: lives) func whateverLifeIsSentATokenLivesWithinReason(_ text: String, _ life: Double)
    throws
  {
    let body = #"{"access_token":"t","expires_in":\#(text),"refresh_in":\#(text)}"#
    let answer = try #require(TokenAnswer(body: Array(body.utf8)))
    #expect(answer.expiresIn == life)
    var slot = TokenSlot()
    slot.accept(answer, now: Moment(nanoseconds: 0))
    #expect(slot.expiry(now: Moment(nanoseconds: 0)) == Moment(nanoseconds: 0) + .seconds(life - 30))
  }

  @Test func theFigureIsTheFirstEndAndThatOfADeadAccountToo() async throws {
    let (graph, board) = (FakeSubscriptions(), GaugeBoard())
    let fake = FakeGraph { graph.refusal($0) }
    let options = fake.options([
      "read": FakeGraph.readSection(accounts: ["sync1@x.example", "sync2@x.example"])
    ])
    let context = fake.kit.context(metrics: board)
    let cache = TokenCache(options: options, context: context, metrics: PluginMetrics(context: context))
    let signIns = GraphClientTests.signIns(options)
    var figure: Double? { board["token_expires_timestamp_seconds{sign_in=reading}"] }
    let start = fake.kit.clock.date.timeIntervalSince1970
    for signIn in signIns { _ = try await cache.token(for: signIn) }
    #expect(figure == start + 3570)
    graph.kill("sync1@x.example")
    fake.kit.clock.advance(by: .seconds(3600))
    await #expect(throws: PluginFailure.self) { try await cache.token(for: signIns[0]) }
    _ = try await cache.token(for: signIns[1])
    #expect(figure == start + 3570, "ran out, and was not renewed")
    await cache.retire(signIns[0])
    #expect(figure == start + 3600 + 3570)
    await cache.retire(signIns[1])
    #expect(figure == nil)
  }

  @Test func aDateToWaitForIsByMicrosoftsClock() async throws {
    let graph = FakeGraph { _ in
      HTTPResponse(
        status: 503,
        headers: [
          ("Date", "Mon, 23 Nov 2026 09:00:00 GMT"), ("Retry-After", "Mon, 23 Nov 2026 09:00:20 GMT"),
        ].map { (name: $0.0, value: $0.1) })
    }
    // This machine's clock is weeks ahead.
    await #expect(
      throws: PluginFailure(.retry(after: .seconds(20)), "HTTP 503: \(SignInAdvice.outage.meaning)")
    ) {
      try await Self.cache(graph).token(for: Self.account(Self.secret))
    }
  }

  @Test func anUnreadableSecretIsSaidWithoutARequest() async {
    let graph = FakeGraph()
    let missing = Secret(reference: "env:NOPE") { () throws(SecretUnavailable) in
      throw SecretUnavailable("environment variable NOPE is not set")
    }
    await #expect(
      throws: PluginFailure(
        .operatorAction(hint: "make the secret env:NOPE available to the gateway"),
        "environment variable NOPE is not set")
    ) { try await Self.cache(graph).token(for: Self.account(missing)) }
    #expect(graph.http.requests.isEmpty)
  }

  @Test func aRefusalThatLastsIsOneWarningWhateverItsTrace() async throws {
    let (refusals, told) = (Locked(0), NotedLog())
    let graph = FakeGraph { _ in
      let count = refusals.withLock { count in
        count += 1
        return count
      }
      return .json(
        #"{"error":"invalid_client","error_codes":[7000215],"trace_id":"t-\#(count)"}"#, status: 401)
    }
    let context = graph.kit.context(logger: told.logger())
    let cache = TokenCache(
      options: graph.options(["read": FakeGraph.readSection()]), context: context,
      metrics: PluginMetrics(context: context))
    for _ in 0..<3 {
      _ = try? await cache.token(for: Self.account(Self.secret))
      graph.kit.clock.advance(by: .seconds(3600))
    }
    #expect(told.lines.map { String($0.prefix { $0 != ":" }) } == ["warning", "debug", "debug"])
    #expect(told.lines.last?.contains("(trace t-3)") == true)
  }

  @Test func theSlotItself() throws {
    var slot = TokenSlot()
    func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }
    #expect(slot.decide(now: at(0)) == .fetch)
    let answer = try #require(TokenAnswer(body: Array(#"{"access_token":"t","expires_in":"1000"}"#.utf8)))
    #expect(answer.expiresIn == 1000)
    slot.accept(answer, now: at(0))
    #expect(slot.decide(now: at(699)) == .use("t", renew: false))
    #expect(slot.decide(now: at(700)) == .use("t", renew: true))
    #expect(slot.decide(now: at(970)) == .fetch)
    // A failed renewal is not repeated at once, and the token serves on.
    let outage = SignInRefusal(status: 503, body: [], retryAfter: nil)
    _ = slot.refuse(outage, digest: [1], now: at(710))
    #expect(slot.decide(now: at(710)) == .use("t", renew: false))
    #expect(slot.decide(now: at(711)) == .use("t", renew: true))
    #expect(TokenAnswer(body: Array(#"{"access_token":""}"#.utf8)) == nil)
  }
}
