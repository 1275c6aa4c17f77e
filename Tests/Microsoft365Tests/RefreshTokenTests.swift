// Refresh tokens: they spare a password account its password, and are all that a device code account has.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct RefreshTokenTests {
  static let account = "sync1@contoso.example"
  static func signIn(_ grant: SignIn.Grant, _ credential: Credential) -> SignIn {
    .account(
      grant, credential, options: FakeGraph().options(["read": FakeGraph.readSection()]), required: true)
  }
  static let password = signIn(.password(username: account), .secret(TokenTests.secret))
  static let deviceCode = signIn(
    .deviceCode(username: account), .kept(KeptSecrets.refreshToken(of: account)))

  /// Grants tokens numbered from 1, `t1` with `r1`; the codes in `refusals` come first where the proof is a refresh
  /// token.
  static func graph(_ refusals: Locked<[Int]> = Locked([]), state: MemoryState = .init()) -> FakeGraph {
    let count = Locked(0)
    return FakeGraph(state: state) { request in
      if request.text.contains("refresh_token="),
        let code = refusals.withLock({ $0.isEmpty ? nil : $0.removeFirst() })
      {
        return .json(#"{"error":"invalid_grant","error_codes":[\#(code)]}"#, status: 400)
      }
      let number = count.withLock { count in
        count += 1
        return count
      }
      return .json(
        #"{"token_type":"Bearer","expires_in":3600,"access_token":"t\#(number)","refresh_token":"r\#(number)"}"#
      )
    }
  }
  static func proofs(_ graph: FakeGraph) -> [String] {
    graph.tokenRequests.map { request in
      let password = queryValue("password", in: request.text).map { _ in "password" }
      return password ?? queryValue("refresh_token", in: request.text) ?? "?"
    }
  }

  @Test func thePasswordTravelsOnce() async throws {
    let graph = Self.graph()
    let cache = TokenTests.cache(graph)
    for round in 1...3 {
      #expect(try await cache.token(for: Self.password) == "t\(round)")
      graph.kit.clock.advance(by: .seconds(3600))
    }
    #expect(Self.proofs(graph) == ["password", "r1", "r2"])
    #expect(
      queryValue("scope", in: graph.tokenRequests[1].text)
        == "https://graph.microsoft.com/Presence.Read.All https://graph.microsoft.com/User.Read.All offline_access "
        + "openid profile")
    #expect(graph.kit.state.secrets.isEmpty, "what a password account can get again is not kept")
  }

  @Test(arguments: [70008, 700082, 70043, 50173, 50076, 50078, 50079])
  func aDeadTokenIsReplacedByOnePasswordSignIn(_ code: Int) async throws {
    let graph = Self.graph(Locked([code]))
    let cache = TokenTests.cache(graph)
    _ = try await cache.token(for: Self.password)
    graph.kit.clock.advance(by: .seconds(3600))
    #expect(try await cache.token(for: Self.password) == "t2")
    #expect(Self.proofs(graph) == ["password", "r1", "password"])
  }

  @Test(arguments: [nil, "theirs"]) func aTokenThatWasRemovedOrReplacedMeanwhileStaysSo(_ kept: String?)
    async throws
  {
    let state = MemoryState()
    let name = KeptSecrets.refreshToken(of: Self.account)
    try await state.setSecret("r0", for: name)
    let graph = FakeGraph(state: state) { _ in
      // While the answer is under way.
      try await state.setSecret(kept, for: name)
      return .json(#"{"expires_in":3600,"access_token":"t","refresh_token":"r1"}"#)
    }
    #expect(try await TokenTests.cache(graph).token(for: Self.deviceCode) == "t")
    #expect(state.secrets[name] == kept)
  }

  @Test func aRetiredAccountsTokenIsNotKept() async throws {
    let state = MemoryState()
    let name = KeptSecrets.refreshToken(of: Self.account)
    try await state.setSecret("r0", for: name)
    let graph = Self.graph(state: state)
    let cache = TokenTests.cache(graph)
    await cache.retire(Self.deviceCode)
    _ = try await cache.token(for: Self.deviceCode)
    #expect(state.secrets[name] == "r0")
  }

  @Test func anOutageDoesNotSendThePassword() async throws {
    let graph = Self.graph(Locked([90033]))
    let cache = TokenTests.cache(graph)
    _ = try await cache.token(for: Self.password)
    graph.kit.clock.advance(by: .seconds(3600))
    await #expect(throws: PluginFailure.self) { try await cache.token(for: Self.password) }
    graph.kit.clock.advance(by: .seconds(60))
    #expect(try await cache.token(for: Self.password) == "t2")
    #expect(Self.proofs(graph) == ["password", "r1", "r1"])
  }

  @Test func theTokenOfADeviceCodeIsRotatedInTheState() async throws {
    let state = MemoryState()
    try await state.setSecret("r0", for: "refresh-token/sync1@contoso.example")
    let graph = Self.graph(state: state)
    let cache = TokenTests.cache(graph)
    #expect(try await cache.token(for: Self.deviceCode) == "t1")
    #expect(state.secrets == ["refresh-token/sync1@contoso.example": "r1"])
    graph.kit.clock.advance(by: .seconds(3600))
    #expect(try await cache.token(for: Self.deviceCode) == "t2")
    #expect(Self.proofs(graph) == ["r0", "r1"])
    #expect(state.secrets == ["refresh-token/sync1@contoso.example": "r2"])
  }

  @Test func withoutASignInTheCommandIsNamedAndItsTokenIsFound() async throws {
    let graph = Self.graph()
    let cache = TokenTests.cache(graph)
    let failure = PluginFailure(
      .operatorAction(hint: "sign in: presence-gateway login test sync1@contoso.example"),
      "nobody has signed in yet")
    await #expect(throws: failure) { try await cache.token(for: Self.deviceCode) }
    #expect(
      graph.kit.health.checks["reading sign-in sync1@contoso.example"]?.state
        == .failing(reason: failure.reason, remedy: failure.hint))
    #expect(graph.tokenRequests.isEmpty)
    // Another process has signed in.
    try await graph.kit.state.setSecret("new", for: "refresh-token/sync1@contoso.example")
    graph.kit.clock.advance(by: .seconds(5))
    #expect(try await cache.token(for: Self.deviceCode) == "t1")
    #expect(graph.kit.health.checks["reading sign-in sync1@contoso.example"]?.state == .ok(detail: nil))
  }

  @Test func aRevokedTokenWaitsForAPersonAndIsNotSentAgain() async throws {
    let state = MemoryState()
    try await state.setSecret("dead", for: "refresh-token/sync1@contoso.example")
    let graph = Self.graph(Locked([50173]), state: state)
    let cache = TokenTests.cache(graph)
    for _ in 0..<10 {
      await #expect(throws: PluginFailure.self) { try await cache.token(for: Self.deviceCode) }
      graph.kit.clock.advance(by: .seconds(60))
    }
    #expect(Self.proofs(graph) == ["dead"])
    #expect(
      graph.kit.health.checks["reading sign-in sync1@contoso.example"]?.state
        == .failing(
          reason: "AADSTS50173: the sign-in ran out or was revoked",
          remedy: "sign in again: presence-gateway login test sync1@contoso.example"))
    try await state.setSecret("new", for: "refresh-token/sync1@contoso.example")
    #expect(try await cache.token(for: Self.deviceCode) == "t1")
  }

  @Test func microsoftsWishForRenewalCounts() throws {
    var slot = TokenSlot()
    let answer = try #require(
      TokenAnswer(body: Array(#"{"access_token":"t","expires_in":86400,"refresh_in":"43200"}"#.utf8)))
    slot.accept(answer, now: Moment(nanoseconds: 0))
    func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }
    #expect(slot.decide(now: at(43_199)) == .use("t", renew: false))
    #expect(slot.decide(now: at(43_200)) == .use("t", renew: true))
  }

  @Test func aProofNeverPrints() throws {
    let proof = SignIn.Proof.password("hunter2")
    let revealed = Revealed(.text("hunter2"))
    var dumped = ""
    dump(proof, to: &dumped)
    dump(revealed, to: &dumped)
    #expect(!"\(proof)\(revealed)\(String(reflecting: proof))\(dumped)".contains("hunter2"))
  }
}
