// Deliveries against Graph: outcomes for each answer, what is remembered between them, what is never sent.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct TeamsWriterTests {
  static func update(
    _ presence: Presence?, previous: Presence? = nil, cause: PresenceUpdate.Cause = .change
  ) -> PresenceUpdate {
    PresenceUpdate(user: "u-1", presence: presence, previous: previous, cause: cause)
  }

  @Test func aCallIsASessionWithALease() async throws {
    let graph = FakeGraph { $0.url.contains("/presence/") ? HTTPResponse(status: 200) : nil }
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    let held = plugin.held(for: Presence(.busy, .inCall, call: .connected))
    let outcomes = try await plugin.deliver([Self.update(held)])
    #expect(outcomes == [.delivered(lease: .seconds(540))])
    #expect(graph.calls == ["POST /users/u-1/presence/setPresence"])
    let request = graph.http.requests.last!
    #expect(request.header("Authorization") == "Bearer token")
    #expect(request.header("Content-Type") == "application/json")
    #expect(request.header("User-Agent") == "presence-gateway/microsoft365")
    #expect(request.header("client-request-id").map(isGUID) == true)
    #expect(
      request.text
        == #"{"activity":"InACall","availability":"Busy","expirationDuration":"PT10M","sessionId":"\#(FakeGraph.writer)"}"#
    )
    let cleared = try await plugin.deliver([Self.update(nil, previous: held, cause: .clear)])
    #expect(cleared == [.delivered(lease: nil)])
    #expect(graph.calls.last == "POST /users/u-1/presence/clearPresence")
  }

  @Test func nothingOfOursToClearIsASuccess() async throws {
    let graph = FakeGraph()
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    let held = Presence(.available, call: .connected)
    #expect(
      try await plugin.deliver([Self.update(nil, previous: held, cause: .clear)]) == [.delivered(lease: nil)])
    #expect(
      try await plugin.deliver([Self.update(.available, cause: .repair)]) == [.delivered(lease: nil)])
  }

  @Test func aRefreshOfACallDoesNotRepeatThePersonsState() async throws {
    let graph = FakeGraph { $0.url.contains("/presence/") ? HTTPResponse(status: 200) : nil }
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    let held = Presence(.doNotDisturb, call: .connected)
    _ = try await plugin.deliver([Self.update(held)])
    graph.kit.clock.advance(by: .seconds(360))
    let outcomes = try await plugin.deliver([Self.update(held, previous: held, cause: .refresh)])
    #expect(outcomes == [.delivered(lease: .seconds(540))])
    #expect(
      graph.calls == [
        "POST /users/u-1/presence/setPresence", "POST /users/u-1/presence/setUserPreferredPresence",
        "POST /users/u-1/presence/setPresence",
      ])
    // The call ends: what is left of the state's day is the lease now.
    let after = try await plugin.deliver([Self.update(Presence(.doNotDisturb), previous: held)])
    #expect(after == [.delivered(lease: .seconds(86_400 - 600 - 360))])
  }

  @Test func anUnknownPersonIsRejectedAlone() async throws {
    let graph = FakeGraph { request in
      request.url.contains("/presence/")
        ? .json(
          #"{"error":{"code":"Request_ResourceNotFound","message":"gone"}}"#, status: 404,
          headers: [("request-id", "r-1")]) : nil
    }
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    #expect(
      try await plugin.deliver([Self.update(Presence(.busy))]) == [
        .rejected(
          reason: "Teams does not know this user "
            + "(HTTP 404 Request_ResourceNotFound on set_preferred: gone (request-id r-1))")
      ])
  }

  static let failures: [(Int, [(String, String)], PluginFailure)] = [
    (
      429, [("Retry-After", "2.128")],
      PluginFailure(.retry(after: .seconds(2.128)), "HTTP 429 E on set_preferred: text")
    ),
    (503, [], PluginFailure(.retry(after: nil), "HTTP 503 E on set_preferred: text")),
    (
      401, [],
      PluginFailure(
        .operatorAction(
          hint: "check that `cloud` is the tenant's, and whether Conditional Access blocks application "
            + "\(FakeGraph.writer) at Graph: see the sign-in logs in Entra"),
        "a fresh token is refused: HTTP 401 E on set_preferred: text")
    ),
  ]
  @Test(arguments: failures) func whatConcernsEverybodyIsThrown(
    _ status: Int, _ headers: [(String, String)], _ failure: PluginFailure
  ) async {
    let graph = FakeGraph { request in
      guard request.url.contains("/presence/") else { return nil }
      return .json(#"{"error":{"code":"E","message":"text"}}"#, status: status, headers: headers)
    }
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    await #expect(throws: failure) { try await plugin.deliver([Self.update(Presence(.busy))]) }
  }

  /// Graph, which refuses writes for `refused`; without `claims` tokens are opaque.
  static func forbidding(_ refused: Locked<Set<String>>, claims: String? = nil) -> FakeGraph {
    FakeGraph { request in
      if request.url.hasSuffix("/token"), let claims {
        let token = "e30." + Base64.encodeURL(Array(claims.utf8)) + ".c2ln"
        return .json(#"{"access_token":"\#(token)","expires_in":3600}"#)
      }
      guard let mark = request.url.firstRange(of: "/users/") else { return nil }
      let user = String(request.url[mark.upperBound...].prefix { $0 != "/" })
      let isRefused = refused.withLock { $0.contains(user) }
      return .json(#"{"error":{"code":"Forbidden","message":"no"}}"#, status: isRefused ? 403 : 200)
    }
  }
  static func busy(_ user: UserID) -> PresenceUpdate {
    PresenceUpdate(user: user, presence: Presence(.busy), previous: nil, cause: .change)
  }
  static let later = DeliveryOutcome.retry(
    after: .seconds(600), reason: "HTTP 403 Forbidden on set_preferred: no")
  static let missing = PluginFailure(
    .operatorAction(
      hint: "grant Presence.ReadWrite.All with admin consent to application \(FakeGraph.writer)"),
    "HTTP 403 Forbidden on set_preferred: no")

  @Test func aRefusalOfOnePersonStopsNobodyElse() async throws {
    let graph = Self.forbidding(Locked(["u-1", "u-3"]), claims: #"{"roles":["Presence.ReadWrite.All"]}"#)
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    #expect(try await plugin.deliver([Self.busy("u-1")]) == [Self.later])
    for user in ["u-2", "u-4"] as [UserID] {
      guard case .delivered = try await plugin.deliver([Self.busy(user)])[0] else {
        Issue.record("\(user)")
        continue
      }
    }
    for user in ["u-3", "u-1"] as [UserID] {
      #expect(try await plugin.deliver([Self.busy(user)]) == [Self.later])
    }
    #expect(graph.kit.health.checks["writing"] == nil)
  }

  @Test func whenNobodyIsServedEverybodyWaitsAndSomebodyIsTold() async throws {
    let refused = Locked<Set<String>>(["u-1", "u-2", "u-3"])
    let graph = Self.forbidding(refused)
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    #expect(try await plugin.deliver([Self.busy("u-1")]) == [Self.later])
    await #expect(throws: Self.missing) { try await plugin.deliver([Self.busy("u-2")]) }
    #expect(
      graph.kit.health.checks["writing"]
        == Check("writing", .failing(reason: Self.missing.reason, remedy: Self.missing.hint)))
    // Those two may be the only ones: they do not stand in the way of the others.
    #expect(try await plugin.deliver([Self.busy("u-2")]) == [Self.later])
    await #expect(throws: Self.missing) { try await plugin.deliver([Self.busy("u-3")]) }
    #expect(try await plugin.deliver([Self.busy("u-4")]).count == 1)
    #expect(graph.kit.health.checks["writing"] == Check("writing", .ok(detail: nil)))
    #expect(try await plugin.deliver([Self.busy("u-3")]) == [Self.later])
  }

  @Test(arguments: [#"{"roles":["User.Read.All"]}"#, "{}"])
  func aTokenWithoutThePermissionStopsEverybodyAtOnce(_ claims: String) async throws {
    let graph = Self.forbidding(Locked(["u-1"]), claims: claims)
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    _ = try await plugin.deliver([Self.busy("u-2")])
    await #expect(throws: Self.missing) { try await plugin.deliver([Self.busy("u-1")]) }
    #expect(graph.kit.health.checks["writing"]?.required == true)
  }

  @Test func aServerFaultConcernsOnePersonAndAWrongPairIsNotRepeated() async throws {
    for (status, outcome) in [
      (500, DeliveryOutcome.retry(after: nil, reason: "HTTP 500 on set_preferred")),
      (400, .rejected(reason: "HTTP 400 on set_preferred")),
    ] {
      let graph = FakeGraph { $0.url.contains("/presence/") ? HTTPResponse(status: status) : nil }
      let plugin = graph.plugin(["write": FakeGraph.writeSection])
      #expect(try await plugin.deliver([Self.update(Presence(.busy))]) == [outcome])
    }
  }

  @Test func aBatchKeepsItsOrder() async throws {
    let graph = FakeGraph { request in
      guard request.url.contains("/presence/") else { return nil }
      return HTTPResponse(status: request.url.contains("u-2") ? 404 : 200)
    }
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    let batch = ["u-1", "u-2", "u-3"].map {
      PresenceUpdate(user: UserID($0), presence: Presence(.away), previous: nil, cause: .change)
    }
    let lease = Duration.seconds(7 * 86_400 - 600)
    #expect(
      try await plugin.deliver(batch) == [
        .delivered(lease: lease),
        .rejected(reason: "Teams does not know this user (HTTP 404 on set_preferred)"),
        .delivered(lease: lease),
      ])
  }

  @Test func withoutAWriteSectionNothingIsAccepted() async throws {
    let plugin = FakeGraph().plugin(["read": FakeGraph.readSection()])
    #expect(
      try await plugin.deliver([Self.update(Presence(.busy))])
        == [.rejected(reason: "teams has no `write` section")])
  }

  @Test func limitsAreThoseConfigured() {
    let graph = FakeGraph()
    let plugin = graph.plugin([
      "requests_per_30s": "600",
      "write": [
        "client_id": .scalar(FakeGraph.writer), "client_secret": "env:s", "max_concurrent": "3",
      ],
    ])
    #expect(
      plugin.deliveryLimits == Limits(maxBatch: 1, maxInFlight: 3, rate: .init(600, per: .seconds(30))))
  }
}
