// A permission that is granted later counts soon: only another token carries it, so one that lacks it is replaced.

import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct GrantedPermissionTests {
  /// Microsoft: tokens carry what is granted when they are made, and Graph goes by the token. Without `areReadable`
  /// tokens say nothing.
  static func graph(_ granted: Locked<Bool>, areReadable: Bool = true) -> FakeGraph {
    let count = Locked(0)
    return FakeGraph { request in
      if request.url.hasSuffix("/token") {
        let number = count.withLock { count in
          count += 1
          return count
        }
        let roles = granted.withLock { $0 } ? #"{"roles":["Presence.ReadWrite.All"]}"# : "{}"
        let token = areReadable ? "e30.\(Base64.encodeURL(Array(roles.utf8))).\(number)" : "t\(number)"
        return .json(#"{"access_token":"\#(token)","expires_in":3600}"#)
      }
      guard request.url.contains("/presence/") else { return nil }
      let token = request.header("Authorization").map { String($0.dropFirst("Bearer ".count)) } ?? ""
      if areReadable, UnverifiedClaims(token: token)?.lacks("Presence.ReadWrite.All") == false {
        return HTTPResponse(status: 200)
      }
      return .json(#"{"error":{"code":"Forbidden","message":"no"}}"#, status: 403)
    }
  }
  private static func isDelivered(_ plugin: Microsoft365Plugin, _ user: UserID = "u-1") async -> Bool {
    guard case .delivered? = try? await plugin.deliver([TeamsWriterTests.busy(user)]).first else {
      return false
    }
    return true
  }

  @Test func theNextWriteAfterTheGrantSucceeds() async throws {
    let granted = Locked(false)
    let graph = Self.graph(granted)
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    // However many are refused, there is one token a minute.
    for minute in 1...3 {
      for second in 0..<60 {
        let users = ["u-\(second)", "v-\(second)"].map { UserID($0) }
        await withTaskGroup(of: Bool.self) { group in
          for user in users { group.addTask { await Self.isDelivered(plugin, user) } }
          for await isDelivered in group { #expect(!isDelivered) }
        }
        graph.kit.clock.advance(by: .seconds(1))
      }
      #expect(graph.tokenRequests.count == minute)
    }
    granted.withLock { $0 = true }
    #expect(await Self.isDelivered(plugin))
    #expect(graph.tokenRequests.count == 4)
    #expect(graph.kit.health.checks["writing"]?.state == .ok(detail: nil))
    // What serves is left alone.
    graph.kit.clock.advance(by: .seconds(600))
    #expect(await Self.isDelivered(plugin))
    #expect(graph.tokenRequests.count == 4)
  }

  @Test func whoeverGrantsItAndTriesAgainNeedNotWait() async throws {
    let granted = Locked(false)
    let graph = Self.graph(granted)
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    #expect(await !Self.isDelivered(plugin))
    graph.kit.clock.advance(by: .seconds(59))
    await plugin.tryAgain()
    #expect(await !Self.isDelivered(plugin))
    #expect(graph.tokenRequests.count == 1, "a fresh one would be no other")
    granted.withLock { $0 = true }
    graph.kit.clock.advance(by: .seconds(1))
    for _ in 0..<5 { await plugin.tryAgain() }
    #expect(await Self.isDelivered(plugin))
    #expect(graph.tokenRequests.count == 2)
  }

  @Test func aTokenThatDoesNotSayIsKept() async throws {
    let graph = Self.graph(Locked(true), areReadable: false)
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    for _ in 0..<5 {
      #expect(await !Self.isDelivered(plugin))
      graph.kit.clock.advance(by: .seconds(60))
    }
    #expect(graph.tokenRequests.count == 1)
  }

  @Test func aWishSendsNoPassword() async throws {
    let graph = RefreshTokenTests.graph()
    let cache = TokenTests.cache(graph)
    _ = try await cache.token(for: RefreshTokenTests.password)
    graph.kit.clock.advance(by: .seconds(60))
    await cache.release()
    #expect(try await cache.token(for: RefreshTokenTests.password) == "t1", "serves until the other is there")
    #expect(await eventually { RefreshTokenTests.proofs(graph) == ["password", "r1"] })
  }

  @Test func whatIsHeldStaysHeld() throws {
    func at(_ seconds: Int) -> Moment { Moment(nanoseconds: Int64(seconds) * 1_000_000_000) }
    var slot = TokenSlot()
    /// The seconds at which another may be fetched.
    func hastened(_ seconds: [Int]) -> [Int] { seconds.filter { slot.hasten(now: at($0)) } }
    #expect(hastened([0]) == [])
    let answer = try #require(TokenAnswer(body: Array(#"{"access_token":"t","expires_in":3600}"#.utf8)))
    slot.accept(answer, now: at(0))
    #expect(hastened([59, 60, 61]) == [60])
    #expect(slot.decide(now: at(60)) == .use("t", renew: true))
    let lockout = SignInRefusal(status: 400, body: Array(#"{"error_codes":[50126]}"#.utf8), retryAfter: nil)
    _ = slot.refuse(lockout, digest: [1], now: at(60))
    #expect(hastened((2...60).map { $0 * 60 }) == [])
    #expect(slot.decide(now: at(3500)) == .use("t", renew: false))
  }
}
