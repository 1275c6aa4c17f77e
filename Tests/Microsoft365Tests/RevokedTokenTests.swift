// Tokens that Graph refuses: a revoked one is replaced at once, by one request whoever asks; where every token is refused,
// the sign-in rests ever longer, and a person is told.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct RevokedTokenTests {
  /// Grants t1, t2, …; Graph takes those from `first` on.
  final class Tenant: Sendable {
    let granted = Locked(0)
    /// The number of the oldest token that Graph takes.
    let first = Locked(1)
    let graph: FakeGraph

    init() {
      let (granted, first) = (granted, first)
      graph = FakeGraph { request in
        if request.url.hasSuffix("/token") {
          let number = granted.withLock { granted in
            granted += 1
            return granted
          }
          return .json(#"{"access_token":"t\#(number)","expires_in":3600}"#)
        }
        let number = request.header("Authorization").flatMap { Int($0.dropFirst("Bearer t".count)) } ?? 0
        return first.withLock { number >= $0 }
          ? HTTPResponse(status: 200)
          : .json(
            #"{"error":{"code":"InvalidAuthenticationToken","message":"revoked"}}"#, status: 401)
      }
    }

    func revokeAll() { first.withLock { first in granted.withLock { first = $0 + 1 } } }
    func refuseEverything() { first.withLock { $0 = .max } }
    func takeEverything() { first.withLock { $0 = 0 } }
    var check: Check.State? { graph.kit.health.checks["reading sign-in sync1@contoso.example"]?.state }
  }
  static let refused = Check.State.failing(
    reason: "a fresh token is refused: HTTP 401 InvalidAuthenticationToken on list_users: revoked",
    remedy: "check that `cloud` is the tenant's, and whether Conditional Access blocks application "
      + "\(FakeGraph.reader) at Graph: see the sign-in logs in Entra")

  @Test func aRevokedTokenIsReplacedAtOnceForAllWhoAsk() async throws {
    let tenant = Tenant()
    let options = tenant.graph.options(["read": FakeGraph.readSection()])
    let (client, signIns) = (tenant.graph.client(options), GraphClientTests.signIns(options))
    _ = try await client.send(GraphClientTests.request, as: signIns)
    tenant.revokeAll()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<20 {
        group.addTask { try await client.send(GraphClientTests.request, as: signIns).status }
      }
      for try await status in group { #expect(status == 200) }
    }
    #expect(tenant.granted.withLock { $0 } == 2, "one request for all")
    #expect(tenant.check == .ok(detail: nil))
  }

  @Test func evenTheFirstTokenIsReplacedOnce() async throws {
    let tenant = Tenant()
    tenant.first.withLock { $0 = 2 }
    let options = tenant.graph.options(["read": FakeGraph.readSection()])
    let client = tenant.graph.client(options)
    #expect(
      try await client.send(GraphClientTests.request, as: GraphClientTests.signIns(options)).status == 200)
  }

  /// An hour of a Graph that takes no token, asked every second by three who wait when they are told to.
  @Test func aGraphThatTakesNothingIsLeftAloneAndAPersonIsTold() async throws {
    let tenant = Tenant()
    let options = tenant.graph.options(["read": FakeGraph.readSection()])
    let (client, signIns) = (tenant.graph.client(options), GraphClientTests.signIns(options))
    _ = try await client.send(GraphClientTests.request, as: signIns)
    tenant.refuseEverything()
    var waiting = 0
    for second in 0..<3600 {
      if second >= waiting {
        await withTaskGroup(of: Duration?.self) { group in
          for _ in 0..<3 {
            group.addTask {
              do throws(GraphError) { _ = try await client.send(GraphClientTests.request, as: signIns) } catch
              { return error.failure.retryDelay }
              return .seconds(3600)
            }
          }
          for await wait in group { waiting = max(waiting, second + Int((wait ?? .zero).inSeconds)) }
        }
        // While others were served until a moment ago, nobody is woken.
        #expect(tenant.check == (second < 60 ? .ok(detail: nil) : Self.refused))
      }
      tenant.graph.kit.clock.advance(by: .seconds(1))
    }
    // At once, after 60 s, then after 60, 120, 240 and every 300 s.
    #expect((14...16).contains(tenant.graph.tokenRequests.count), "\(tenant.graph.tokenRequests.count)")
    #expect(tenant.graph.calls.count <= 16 * 4, "\(tenant.graph.calls.count)")
    tenant.takeEverything()
    var seconds = 0
    while (try? await client.send(GraphClientTests.request, as: signIns)) == nil, seconds < 400 {
      tenant.graph.kit.clock.advance(by: .seconds(1))
      seconds += 1
    }
    #expect(seconds <= 300)
    #expect(tenant.check == .ok(detail: nil))
  }

  /// Each token brings another refresh token, which takes the place of the one before.
  @Test func anAccountWithADeviceCodeRestsToo() async throws {
    let name = KeptSecrets.refreshToken(of: RefreshTokenTests.account)
    let tokens = RefreshTokenTests.graph()
    try await tokens.kit.state.setSecret("r0", for: name)
    let graph = FakeGraph(state: tokens.kit.state) { request in
      request.url.hasSuffix("/token") ? try await tokens.http.send(request) : HTTPResponse(status: 401)
    }
    let client = graph.client(graph.options(["read": FakeGraph.readSection()]))
    func asked(seconds: Int) async -> Int {
      let before = graph.tokenRequests.count
      for _ in 0..<seconds {
        _ = try? await client.send(GraphClientTests.request, as: [RefreshTokenTests.deviceCode])
        graph.kit.clock.advance(by: .seconds(1))
      }
      return graph.tokenRequests.count - before
    }
    // After 60, 120 and 240 s, then every 300 s.
    #expect((4...8).contains(await asked(seconds: 900)))
    // Whoever signs in again is heard at once.
    try await graph.kit.state.setSecret("theirs", for: name)
    #expect(await asked(seconds: 10) == 1)
    #expect(RefreshTokenTests.proofs(graph).last == "theirs")
    // So is whoever does it here; what they kept is no news either.
    try await graph.kit.state.setSecret("ours", for: name)
    let body = Array(#"{"access_token":"t","expires_in":3600,"refresh_token":"ours"}"#.utf8)
    await client.tokens.accept(try #require(TokenAnswer(body: body)), for: RefreshTokenTests.deviceCode)
    #expect(await asked(seconds: 200) == 0)
    #expect(graph.http.requests.contains { $0.header("Authorization") == "Bearer t" })
  }

  @Test func anotherAccountServesMeanwhile() async throws {
    let graph = FakeGraph { request in
      if request.url.hasSuffix("/token") {
        return .json(
          #"{"access_token":"\#(queryValue("username", in: request.text) ?? "")","expires_in":3600}"#)
      }
      return HTTPResponse(status: request.header("Authorization") == "Bearer sync2@x.example" ? 200 : 401)
    }
    let options = graph.options([
      "read": FakeGraph.readSection(accounts: ["sync1@x.example", "sync2@x.example"])
    ])
    let client = graph.client(options)
    for _ in 0..<5 {
      #expect(
        try await client.send(GraphClientTests.request, as: GraphClientTests.signIns(options)).status == 200)
    }
    #expect(graph.calls.count == 2 + 5, "the first rests")
  }

  @Test func oneCallThatIsRefusedStopsNoOther() async throws {
    let graph = FakeGraph { request in
      guard request.url.hasPrefix(FakeGraph.graph) else { return nil }
      return HTTPResponse(status: request.url.hasSuffix("/users") ? 401 : 200)
    }
    let options = graph.options(["read": FakeGraph.readSection()])
    let (client, signIns) = (graph.client(options), GraphClientTests.signIns(options))
    let other = GraphRequest(call: .listGroups, method: "GET", target: "/groups")
    for _ in 0..<600 {
      #expect(try await client.send(other, as: signIns).status == 200)
      await #expect(throws: GraphError.self) {
        try await client.send(GraphClientTests.request, as: signIns)
      }
      graph.kit.clock.advance(by: .seconds(1))
    }
    #expect((2...13).contains(graph.tokenRequests.count), "\(graph.tokenRequests.count)")
  }

  @Test func theTrialItself() {
    func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }
    var trial = TokenTrial()
    trial.begin()
    trial.take(now: at(0))
    // Revoked three times in a row: replaced at once each time, and then Microsoft would see a loop.
    for second in 0..<3 {
      #expect(trial.refuse(now: at(Int64(second))) == .replace)
      #expect(trial.refuse(now: at(Int64(second))) == .replace, "of the same token")
      #expect(trial.isRefused)
      trial.begin()
      #expect(!trial.isRefused && !trial.isOpen)
      trial.take(now: at(Int64(second)))
    }
    #expect(trial.refuse(now: at(10)) == .wait(.seconds(170)))
    #expect(trial.refuse(now: at(180)) == .replace)
    trial.begin()
    trial.take(now: at(200))
    #expect(trial.refuse(now: at(200)) == .replace)
    trial.begin()
    #expect(trial.refuse(now: at(210)) == .wait(.seconds(50)), "others were served")
    #expect(trial.refuse(now: at(260)) == .rest(.seconds(60)))
    // Each fresh token that is refused makes the rest longer, until one is taken.
    for rest in [120, 240, 300, 300] {
      trial.begin()
      #expect(trial.refuse(now: at(1000)) == .rest(.seconds(rest)))
      #expect(trial.isRefused && trial.isOpen)
    }
    trial.excuse()
    trial.begin()
    #expect(trial.refuse(now: at(1100)) == .rest(.seconds(300)), "no longer than before")
    for _ in 0..<4 { trial.excuse() }
    trial.begin()
    #expect(trial.isOpen, "a wish serves nobody")
    #expect(trial.refuse(now: at(1200)) == .rest(.seconds(120)))
    trial.begin()
    trial.take(now: at(1900))
    #expect(!trial.isOpen)
    #expect(trial.refuse(now: at(2000)) == .replace)
    trial.begin()
    #expect(trial.refuse(now: at(2000)) == .rest(.seconds(60)))
  }
}
