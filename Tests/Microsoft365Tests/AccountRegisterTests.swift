// Accounts that are added, renewed and removed while running: tried first, kept, used at once, forgotten.

import CoreMetrics
import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct AccountRegisterTests {
  static let added = "sync9@contoso.example"

  /// Grants by password `right`; by device code after `pending` questions, to `person`.
  static func graph(
    state: MemoryState = .init(), pending: Int = 1, person: String = added
  ) -> FakeGraph {
    let waiting = Locked(pending)
    return FakeGraph(state: state) { request in
      if request.url.hasSuffix("/devicecode") {
        return .json(
          #"{"user_code":"ABCD","device_code":"secret-code","verification_uri":"https://microsoft.com/devicelogin","#
            + #""expires_in":900,"interval":5,"message":"To sign in, use a web browser …"}"#)
      }
      if request.text.contains("device_code=secret-code") {
        let isPending = waiting.withLock { count in
          count -= 1
          return count >= 0
        }
        if isPending {
          return .json(#"{"error":"authorization_pending","error_codes":[70016]}"#, status: 400)
        }
        let claims = Base64.encodeURL(Array(#"{"preferred_username":"\#(person)"}"#.utf8))
        return .json(
          #"{"expires_in":3600,"access_token":"by-code","refresh_token":"r1","id_token":"e30.\#(claims).x"}"#)
      }
      if queryValue("password", in: request.text) == "wrong" {
        return .json(#"{"error":"invalid_grant","error_codes":[50126]}"#, status: 400)
      }
      return nil
    }
  }
  static func plugin(
    _ graph: FakeGraph, _ accounts: [ConfigValue] = [],
    metrics: any MetricsFactory = NOOPMetricsHandler.instance
  ) -> Microsoft365Plugin {
    graph.plugin(["read": FakeGraph.readSection(["accounts": .list(accounts)])], metrics: metrics)
  }

  @Test func editsAndReadingsTakeTurns() async throws {
    let graph = Self.graph()
    let plugin = Self.plugin(graph)
    let register = try #require(plugin.wiring.register)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        group.addTask { try? await plugin.addAccount("sync\(number)@contoso.example", password: "right") }
        group.addTask { await register.reload() }
      }
    }
    // Whoever no longer waits stops nobody.
    let impatient = Task { try await plugin.removeAccount("sync0@contoso.example") }
    impatient.cancel()
    _ = await impatient.result
    await register.reload()
    let expected = Set((1..<100).map { "sync\($0)@contoso.example" })
    #expect(Set(await plugin.accounts().map(\.name)) == expected)
    let kept = AddedAccounts(graph.kit.state.values[AddedAccounts.stateName])
    #expect(Set(kept.accounts.map(\.name)) == expected)
  }

  @Test func aPasswordIsTriedThenKeptThenUsed() async throws {
    let graph = Self.graph()
    let plugin = Self.plugin(graph)
    await #expect(
      throws: PluginFailure(
        .operatorAction(hint: SignInAdvice.table[50126]?.hint ?? ""), "AADSTS50126: wrong user or password")
    ) { try await plugin.addAccount(Self.added, password: "wrong") }
    #expect(await plugin.accounts() == [])
    #expect(graph.kit.state.secrets.isEmpty && graph.kit.state.values.isEmpty)

    try await plugin.addAccount(Self.added, password: "right")
    #expect(graph.kit.state.secrets == ["password/\(Self.added)": "right"])
    let account = try #require(await plugin.accounts().first)
    #expect(account.name == Self.added && account.origin == .added && account.signIn == .ok(detail: nil))
    #expect(
      account.tokenExpires == graph.kit.clock.date.addingTimeInterval(3570), "thirty seconds before its end")
    let requests = graph.tokenRequests.count
    let signIn = try #require(await plugin.wiring.accounts[Self.added]?.signIn)
    #expect(try await plugin.wiring.tokens.token(for: signIn) == "token")
    #expect(graph.tokenRequests.count == requests, "the token of the trial serves on")
  }

  @Test func aDeviceCodeIsShownAndWaitedFor() async throws {
    let graph = Self.graph(pending: 2)
    let plugin = Self.plugin(graph)
    let prompts = Locked<[SignInPrompt]>([])
    let adding = Task {
      try await plugin.addAccount(Self.added) { prompt in prompts.withLock { $0.append(prompt) } }
    }
    for _ in 0..<3 {
      await graph.kit.clock.sleepers(atLeast: 1)
      graph.kit.clock.advance(by: .seconds(5))
    }
    try await adding.value
    #expect(
      prompts.withLock { $0 } == [
        SignInPrompt(
          code: "ABCD", url: "https://microsoft.com/devicelogin", message: "To sign in, use a web browser …",
          expires: Date(timeIntervalSince1970: 1_800_000_900))
      ])
    #expect(graph.kit.state.secrets == ["refresh-token/\(Self.added)": "r1"])
    #expect(await plugin.accounts().map(\.name) == [Self.added])
    let start = graph.http.requests[0]
    #expect(start.url == "\(FakeGraph.login)/\(FakeGraph.tenant)/oauth2/v2.0/devicecode")
    #expect(start.text.hasPrefix("client_id=\(FakeGraph.reader)&scope=https%3A%2F%2Fgraph.microsoft.com"))
    #expect(
      graph.tokenRequests[0].text
        == "client_id=\(FakeGraph.reader)&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
        + "&device_code=secret-code")
  }

  @Test func anybodyElsesSignInIsRefused() async throws {
    let graph = Self.graph(pending: 0, person: "admin@contoso.example")
    let plugin = Self.plugin(graph)
    let adding = Task { try await plugin.addAccount(Self.added) { _ in } }
    await graph.kit.clock.sleepers(atLeast: 1)
    graph.kit.clock.advance(by: .seconds(5))
    await #expect(
      throws: PluginFailure(
        .operatorAction(
          hint: "start again, and sign in as \(Self.added), best in a private browser window"),
        "admin@contoso.example has signed in instead of \(Self.added)")
    ) { try await adding.value }
    #expect(graph.kit.state.secrets.isEmpty)
    #expect(await plugin.accounts() == [])
  }

  @Test func whatAnotherProcessAddedIsFoundWithinTenSeconds() async throws {
    let state = MemoryState()
    let gateway = Self.graph(state: state)
    let running = Self.plugin(gateway)
    let task = Task { try await running.run() }
    await gateway.kit.clock.sleepers(atLeast: 1)
    #expect(
      gateway.kit.health.checks["accounts"]?.state
        == .failing(
          reason: "there is no account to subscribe with",
          remedy:
            "add one under read.accounts, on the admin page, or by `presence-gateway login teams ACCOUNT`"))
    // The command `login`, beside it.
    let command = Self.graph(state: state)
    try await Self.plugin(command).addAccount(Self.added, password: "right")
    #expect(
      await gateway.kit.clock.pass(within: .seconds(10)) {
        await running.accounts().first?.signIn == .ok(detail: nil)
      })
    #expect(gateway.kit.health.checks["accounts"] == nil)
    #expect(gateway.kit.health.checks["reading sign-in \(Self.added)"]?.state == .ok(detail: nil))
    task.cancel()
    _ = try? await task.value
  }

  @Test func aRemovedAccountIsForgotten() async throws {
    let graph = Self.graph()
    let plugin = Self.plugin(graph)
    try await plugin.addAccount(Self.added, password: "right")
    try await plugin.addAccount("other@contoso.example", password: "right")
    let signIn = try #require(await plugin.wiring.accounts[Self.added]?.signIn)
    try await plugin.removeAccount("SYNC9@contoso.example")
    #expect(await plugin.accounts().map(\.name) == ["other@contoso.example"])
    #expect(graph.kit.state.secrets == ["password/other@contoso.example": "right"])
    #expect(graph.kit.health.checks["reading sign-in \(Self.added)"] == nil)
    // Its token still serves who cleans up after it, and says nothing when it cannot be renewed.
    #expect(try await plugin.wiring.tokens.token(for: signIn) == "token")
    graph.kit.clock.advance(by: .seconds(3600))
    await #expect(throws: PluginFailure.self) { try await plugin.wiring.tokens.token(for: signIn) }
    #expect(graph.kit.health.checks["reading sign-in \(Self.added)"] == nil)
    await #expect(throws: PluginFailure(.giveUp, "there is no account nobody@x.example")) {
      try await plugin.removeAccount("nobody@x.example")
    }
  }

  @Test func theConfigurationsAccountsAreItsOwn() async throws {
    let graph = Self.graph(pending: 0, person: "mfa@contoso.example")
    let plugin = Self.plugin(
      graph,
      [
        ["username": "sync1@contoso.example", "password": "env:p"],
        ["username": "mfa@contoso.example", "sign_in": "device_code"],
      ])
    func failure(_ body: () async throws(PluginFailure) -> Void) async -> String {
      do {
        try await body()
        return "none"
      } catch { return error.description }
    }
    #expect(
      await failure { () async throws(PluginFailure) in
        try await plugin.addAccount("Sync1@contoso.example", password: "x")
      } == "Sync1@contoso.example is an account of the configuration — change it in plugins.yaml")
    #expect(
      await failure { () async throws(PluginFailure) in
        try await plugin.addAccount("sync1@contoso.example") { _ in }
      }
        == "sync1@contoso.example signs in by password — write `sign_in: device_code` instead of its password in "
        + "plugins.yaml")
    #expect(
      await failure { () async throws(PluginFailure) in
        try await plugin.removeAccount("sync1@contoso.example")
      } == "sync1@contoso.example is an account of the configuration — remove it from plugins.yaml")
    #expect(
      await failure { () async throws(PluginFailure) in try await plugin.addAccount("sync1", password: "x") }
        == "sync1 is no user name — write the account's user principal name, such as sync1@contoso.example")
    // Its sign-in is renewed, and it stays the configuration's.
    let renewing = Task { try await plugin.addAccount("mfa@contoso.example") { _ in } }
    await graph.kit.clock.sleepers(atLeast: 1)
    graph.kit.clock.advance(by: .seconds(5))
    try await renewing.value
    #expect(graph.kit.state.secrets == ["refresh-token/mfa@contoso.example": "r1"])
    #expect(graph.kit.state.values.isEmpty)
    #expect(await plugin.accounts().map(\.origin) == [.configuration, .configuration])
    #expect(await plugin.accounts().last?.signIn == .ok(detail: nil))
  }

  /// By the account that its lines in plugins.yaml and in the state name, however it is typed later.
  @Test(arguments: [false, true])
  func anAccountIsRenewedInAnyCase(_ isConfigured: Bool) async throws {
    let (graph, board) = (Self.graph(pending: 0), GaugeBoard())
    let accounts: [ConfigValue] =
      isConfigured ? [["username": .scalar(Self.added), "sign_in": "device_code"]] : []
    let plugin = Self.plugin(graph, accounts, metrics: board)
    func signIn(_ name: String) async throws {
      let task = Task { try await plugin.addAccount(name) { _ in } }
      await graph.kit.clock.sleepers(atLeast: 1)
      graph.kit.clock.advance(by: .seconds(5))
      try await task.value
    }
    try await signIn(Self.added)
    graph.kit.clock.advance(by: .seconds(3000))
    try await signIn("Sync9@Contoso.example")
    #expect(await plugin.accounts().map(\.name) == [Self.added])
    #expect(
      graph.kit.health.checks.keys.filter { $0.hasPrefix("reading sign-in ") } == [
        "reading sign-in \(Self.added)"
      ])
    let expires = graph.kit.clock.date.addingTimeInterval(3570)
    #expect(await plugin.accounts().first?.tokenExpires == expires)
    #expect(board["token_expires_timestamp_seconds{sign_in=reading}"] == expires.timeIntervalSince1970)
  }

  @Test func anAddedAccountsPasswordIsRenewedInAnyCase() async throws {
    let graph = Self.graph()
    let plugin = Self.plugin(graph)
    try await plugin.addAccount(Self.added, password: "right")
    try await plugin.addAccount("SYNC9@contoso.example", password: "right")
    #expect(await plugin.accounts().map(\.name) == [Self.added])
    #expect(
      graph.kit.health.checks.keys.filter { $0.hasPrefix("reading sign-in ") } == [
        "reading sign-in \(Self.added)"
      ])
  }

  @Test func anAccountThatAnotherProcessSignsInAgainIsHeardOfAgain() async throws {
    let graph = Self.graph()
    let plugin = Self.plugin(graph)
    let adding = Task { try await plugin.addAccount(Self.added) { _ in } }
    for _ in 0..<2 {
      await graph.kit.clock.sleepers(atLeast: 1)
      graph.kit.clock.advance(by: .seconds(5))
    }
    try await adding.value
    let list = try #require(graph.kit.state.values[AddedAccounts.stateName])
    try await plugin.removeAccount(Self.added)
    #expect(graph.kit.health.checks["reading sign-in \(Self.added)"] == nil)
    // As `presence-gateway login` does it.
    await graph.kit.state.set(list, for: AddedAccounts.stateName)
    try await graph.kit.state.setSecret("r7", for: KeptSecrets.refreshToken(of: Self.added))
    await plugin.wiring.register?.reload()
    let signIn = try #require(await plugin.wiring.accounts[Self.added]?.signIn)
    #expect(try await plugin.wiring.tokens.token(for: signIn) == "token")
    #expect(queryValue("refresh_token", in: graph.tokenRequests.last?.text ?? "") == "r7")
    #expect(graph.kit.health.checks["reading sign-in \(Self.added)"]?.state == .ok(detail: nil))
  }

  @Test func theWaitForACodeFollowsTheAnswers() throws {
    func refusal(_ word: String, _ codes: String = "[]", status: Int = 400) -> SignInRefusal {
      SignInRefusal(
        status: status, body: Array(#"{"error":"\#(word)","error_codes":\#(codes)}"#.utf8), retryAfter: nil)
    }
    func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }
    let body = #"{"user_code":"A","device_code":"d","verification_uri":"https://v","expires_in":60}"#
    let code = try #require(DeviceCode(body: Array(body.utf8)))
    var wait = DeviceCodeWait(code, now: at(0))
    #expect(wait.first(now: at(0)) == .ask(at: at(5)))
    #expect(wait.next(refusal("authorization_pending", "[70016]"), now: at(5)) == .ask(at: at(10)))
    #expect(wait.next(refusal("slow_down"), now: at(10)) == .ask(at: at(20)))
    #expect(wait.next(nil, now: at(20)) == .ask(at: at(30)), "a lost answer is no answer")
    #expect(wait.next(refusal("temporarily_unavailable", status: 503), now: at(30)) == .ask(at: at(40)))
    #expect(wait.next(refusal("authorization_pending"), now: at(50)) == .end(DeviceCodeWait.expired))
    func end(_ word: String, _ codes: String = "[]") -> String {
      var wait = wait
      guard case .end(let failure) = wait.next(refusal(word, codes), now: at(5)) else { return "goes on" }
      return failure.description
    }
    #expect(
      end("authorization_declined") == "the sign-in was declined — start the sign-in again, and approve it")
    #expect(end("expired_token", "[70019]") == DeviceCodeWait.expired.description)
    #expect(
      end("bad_verification_code", "[70018]") == "Microsoft does not know the code — start the sign-in again")
    #expect(end("invalid_grant", "[53003]").hasPrefix("AADSTS53003: blocked by Conditional Access"))
  }
}
