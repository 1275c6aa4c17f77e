// Who gets in on the admin listener, and who does not.

import FoundationEssentials
import Logging
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

@Suite struct AdminAccessTests {
  /// A guarded route that answers to everybody who is let through.
  private struct Rig {
    let clock = ManualClock()
    let events = EventLog()
    let access: AdminAccess

    init(_ yaml: String = "") {
      let loaded = ConfigRig.gateway("admin: { \(yaml) }", environment: ["ADMIN_PASSWORD": "correct horse"])
      let audit = AuditLog(
        logger: Logger(label: "admin", factory: { _ in SwiftLogNoOpLogHandler() }), events: events)
      access = AdminAccess(loaded.config.admin, clock: clock, audit: audit)
    }

    var lines: [String] {
      events.newest(1000).map { "\($0.kind) \($0.level) \($0.message): \($0.detail ?? "")" }
    }

    func status(
      _ method: String = "GET", _ headers: [String: String] = [:], rule: AdminAccess.Rule = .administrator
    ) async -> Int {
      let route = access.guarding(
        InternalRoute("/x", [method: { _ in .whole(WebResponse(200)) }]), rule)
      let answer = await route.handlers[method]?(Self.call(method, headers))
      guard case .whole(let response)? = answer else { return 0 }
      return response.status
    }

    static func call(
      _ method: String = "GET", _ headers: [String: String] = [:], address: String = "192.0.2.1"
    ) -> WebCall {
      let headers = ["host": "127.0.0.1:9090"].merging(headers) { $1 }
      return WebCall(
        WebRequest(
          method: method, path: "/x", headers: headers.map { (name: $0.key, value: $0.value) },
          remoteAddress: address))
    }

    /// The headers of a browser that has signed in.
    func signIn(
      _ password: String = "correct horse", address: String = "192.0.2.1"
    ) async throws(APIProblem) -> [String: String] {
      let cookie = try await access.signIn(password, Self.call("POST", address: address))
      let pair = String(cookie.prefix { $0 != ";" })
      let status = access.status(Self.call("GET", ["cookie": "other=1; \(pair)"]))
      return ["cookie": "other=1; \(pair)", "x-csrf-token": status.csrfToken ?? ""]
    }

    func refusal(_ password: String, address: String = "192.0.2.1") async -> APIProblem? {
      do throws(APIProblem) { _ = try await signIn(password, address: address) } catch { return error }
      return nil
    }
  }
  private static let password = "password: env:ADMIN_PASSWORD"

  @Test func onLoopbackNobodyIsAskedButChangesCarryAToken() async {
    let rig = Rig()
    #expect(await rig.status() == 200)
    #expect(await rig.status("POST") == 403)
    let session = rig.access.status(Rig.call())
    #expect(session.access == "none" && session.signedIn)
    #expect(await rig.status("POST", ["x-csrf-token": session.csrfToken ?? ""]) == 200)
    #expect(await rig.status("POST", ["x-csrf-token": "0"]) == 403)
  }

  @Test func pagesElsewhereChangeNothing() async {
    let rig = Rig()
    let token = ["x-csrf-token": rig.access.status(Rig.call()).csrfToken ?? ""]
    func post(_ headers: [String: String]) async -> Int {
      await rig.status("POST", token.merging(headers) { $1 })
    }
    #expect(await post(["origin": "http://127.0.0.1:9090", "sec-fetch-site": "same-origin"]) == 200)
    #expect(await post(["origin": "http://evil.example"]) == 403)
    #expect(await post(["origin": "null"]) == 403)
    #expect(await post(["sec-fetch-site": "cross-site"]) == 403)
    #expect(await post(["sec-fetch-site": "same-site"]) == 403)
  }

  @Test func aForeignNameForLoopbackIsRefused() async {
    let rig = Rig("hosts: [gateway.corp.example]")
    for host in ["localhost:9090", "127.0.0.2", "[::1]:9090", "LOCALHOST", "gateway.corp.example"] {
      #expect(await rig.status("GET", ["host": host]) == 200, "\(host)")
    }
    for host in ["evil.example:9090", "127.0.0.1.evil.example", "", "evil.example", "127.0.0.1@evil"] {
      #expect(await rig.status("GET", ["host": host]) == 421, "\(host)")
    }
    #expect(await rig.status("GET", ["host": "evil.example"], rule: .alive) == 200)
    #expect(await rig.status("GET", ["host": "evil.example"], rule: .probe) == 421)
    #expect(await rig.status("GET", ["x-forwarded-for": "203.0.113.1"], rule: .probe) == 200)
    #expect(await rig.status("GET", ["host": "evil.example"], rule: .open) == 421)
  }

  @Test func aProxyWithoutAPasswordLetsNobodyIn() async {
    #expect(await Rig().status("GET", ["x-forwarded-for": "203.0.113.1"]) == 403)
    #expect(await Rig(Self.password).status("GET", ["x-forwarded-for": "203.0.113.1"]) == 401)
  }

  private func basic(_ text: String) -> [String: String] {
    ["authorization": "Basic \(Data(text.utf8).base64EncodedString())"]
  }

  @Test func aScraperSignsInWithEachRequest() async {
    let rig = Rig(Self.password)
    #expect(await rig.status("GET", basic("prometheus:correct horse"), rule: .monitoring) == 200)
    #expect(await rig.status("GET", basic(":correct horse"), rule: .monitoring) == 200)
    #expect(await rig.status("GET", basic("correct horse"), rule: .monitoring) == 401)
    #expect(await rig.status("GET", ["authorization": "Bearer correct horse"], rule: .monitoring) == 401)
    // Only for monitoring: a browser would send it along with what another site makes it ask.
    #expect(await rig.status("GET", basic("x:correct horse")) == 401)
    #expect(await Rig("tls: { certificate: c, key: k, client_ca: a }").status(rule: .monitoring) == 401)
  }

  @Test func wrongPasswordsOfAScraperAreCounted() async {
    let rig = Rig(Self.password)
    for _ in 0..<5 { #expect(await rig.status("GET", basic("x:wrong"), rule: .monitoring) == 401) }
    #expect(await rig.status("GET", basic("x:correct horse"), rule: .monitoring) == 429)
    #expect(await rig.refusal("correct horse")?.status == 429)
    rig.clock.advance(by: .seconds(61))
    #expect(await rig.status("GET", basic("x:correct horse"), rule: .monitoring) == 200)
  }

  @Test func aPasswordOpensASession() async throws {
    let rig = Rig(Self.password)
    #expect(await rig.status() == 401)
    #expect(await rig.status(rule: .open) == 200)
    #expect(await rig.status(rule: .probe) == 200)
    #expect(rig.access.status(Rig.call()).csrfToken == nil)
    let browser = try await rig.signIn()
    #expect(await rig.status("GET", browser) == 200)
    #expect(await rig.status("DELETE", browser) == 200)
    #expect(await rig.status("DELETE", ["cookie": browser["cookie"] ?? ""]) == 403)
    #expect(
      await rig.status("GET", ["cookie": "presence_gateway_9090=\(browser["x-csrf-token"] ?? "")"]) == 401)
    #expect(rig.access.signOut(Rig.call("DELETE", browser)).contains("Max-Age=0"))
    #expect(await rig.status("GET", browser) == 401)
  }

  @Test func aSessionEndsWhenItIsNotUsedAndAfterTwelveHours() async throws {
    let rig = Rig(Self.password)
    let browser = try await rig.signIn()
    rig.clock.advance(by: .seconds(3599))
    #expect(await rig.status("GET", browser) == 200)
    rig.clock.advance(by: .seconds(3600))
    #expect(await rig.status("GET", browser) == 401)
    let second = try await rig.signIn()
    for _ in 0..<23 {
      rig.clock.advance(by: .seconds(1800))
      #expect(await rig.status("GET", second) == 200)
    }
    rig.clock.advance(by: .seconds(1800))
    #expect(await rig.status("GET", second) == 401)
  }

  @Test func theCookieIsOutOfReachForScriptsAndOtherSites() async throws {
    let rig = Rig(Self.password)
    let plain = try await rig.access.signIn("correct horse", Rig.call("POST"))
    #expect(plain.hasPrefix("presence_gateway_9090="))
    #expect(plain.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"))
    let behindProxy = Rig.call("POST", ["origin": "https://gateway.corp.example"])
    #expect(try await rig.access.signIn("correct horse", behindProxy).hasSuffix("; Secure"))
    let tls = Rig(Self.password + ", tls: { certificate: c.pem, key: k.pem }")
    #expect(try await tls.access.signIn("correct horse", Rig.call("POST")).hasSuffix("; Secure"))
  }

  @Test func anotherPasswordEndsTheSessionsOfTheOldOne() async throws {
    let file = FileManager.default.temporaryDirectory.path + "/password-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Data("correct horse".utf8).write(to: URL(filePath: file))
    let rig = Rig("password: file:\(file)")
    let browser = try await rig.signIn()
    let mayStillRead = rig.access.lasting(Rig.call("GET", browser))
    #expect(await rig.status("GET", browser) == 200 && mayStillRead())
    try Data("battery staple".utf8).write(to: URL(filePath: file))
    #expect(mayStillRead())
    rig.clock.advance(by: .seconds(1))
    #expect(!mayStillRead())
    #expect(await rig.status("GET", browser) == 401)
    try Data("correct horse".utf8).write(to: URL(filePath: file))
    #expect(await rig.status("GET", browser) == 401)
  }

  @Test func whatGoesOnEndsWithTheSession() async throws {
    let rig = Rig(Self.password)
    let browser = try await rig.signIn()
    let mayStillRead = rig.access.lasting(Rig.call("GET", browser))
    #expect(mayStillRead())
    _ = rig.access.signOut(Rig.call("DELETE", browser))
    #expect(!mayStillRead())
    #expect(Rig().access.lasting(Rig.call())())
  }

  @Test func passwordsCannotBeTriedFast() async {
    let rig = Rig(Self.password)
    for _ in 0..<5 { #expect(await rig.refusal("wrong")?.status == 401) }
    let refusal = await rig.refusal("correct horse")
    #expect(refusal?.status == 429)
    #expect(refusal?.headers.first?.value == "60")
    #expect(await rig.refusal("correct horse", address: "192.0.2.9") == nil)
    rig.clock.advance(by: .seconds(60))
    #expect(await rig.refusal("correct horse") == nil)
  }

  @Test func theRightOneIsNotToldWhereItIsKept() async {
    let rig = Rig(Self.password)
    let refusal = await rig.refusal("wrong")
    #expect(refusal?.remedy.contains("ADMIN_PASSWORD") == false)
    #expect(rig.events.newest(1).first?.detail?.contains("env:ADMIN_PASSWORD") == true)
  }

  @Test func everySignInLeavesALineWithoutThePassword() async throws {
    let rig = Rig(Self.password)
    _ = await rig.refusal("hunter2")
    let browser = try await rig.signIn()
    _ = rig.access.signOut(Rig.call("DELETE", browser))
    #expect(
      rig.lines == [
        "audit info sign out: from 192.0.2.1", "audit info sign in: from 192.0.2.1",
        "audit warning sign in: from 192.0.2.1, wrong password: the right one is in env:ADMIN_PASSWORD",
      ])
  }

  @Test func strangersCannotFillTheLog() async {
    let rig = Rig(Self.password)
    for _ in 0..<100 {
      _ = rig.access.signOut(Rig.call("DELETE"))
      _ = await rig.refusal("wrong")
      _ = await rig.status("PUT", ["origin": "https://evil.example"])
      _ = await rig.status("PUT")
    }
    #expect(rig.lines.count == 4)
    #expect(rig.lines.contains("audit warning sign in: from 192.0.2.1, too many wrong passwords"))
    #expect(rig.lines.contains("audit warning PUT /x: from 192.0.2.1, the request comes from another site"))
    #expect(rig.lines.contains("audit warning PUT /x: from 192.0.2.1, nobody is signed in"))
  }

  @Test func aChangeWithoutTheTokenLeavesALine() async {
    let rig = Rig()
    _ = await rig.status("POST")
    _ = await rig.status("GET", ["host": "evil.example"])
    #expect(
      rig.lines == [
        "audit warning POST /x: from 192.0.2.1, the change does not carry the token of this page"
      ])
  }

  @Test func tooManySessionsPushOutTheOneUnusedTheLongest() {
    var table = SessionTable()
    for number in 0..<SessionTable.limit {
      table.open("t\(number)", csrf: "c", proof: [], now: Moment(nanoseconds: Int64(number)))
    }
    _ = table.use("t0", now: Moment(nanoseconds: 1000))
    table.open("new", csrf: "c", proof: [], now: Moment(nanoseconds: 1001))
    #expect(table.sessions.count == SessionTable.limit)
    #expect(table.sessions["t1"] == nil && table.sessions["t0"] != nil)
  }
}
