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
      _ method: String = "GET", _ headers: [String: String] = [:], address: String = "127.0.0.1"
    ) -> WebCall {
      let headers = ["host": "127.0.0.1:9090"].merging(headers) { $1 }
      return WebCall(
        WebRequest(
          method: method, path: "/x", headers: headers.map { (name: $0.key, value: $0.value) },
          remoteAddress: address))
    }

    /// The headers of a browser that has signed in.
    func signIn(_ password: String = "correct horse", address: String = "127.0.0.1") throws(APIProblem)
      -> [String: String]
    {
      let cookie = try access.signIn(password, Self.call("POST", address: address))
      let pair = String(cookie.prefix { $0 != ";" })
      let status = access.status(Self.call("GET", ["cookie": "other=1; \(pair)"]))
      return ["cookie": "other=1; \(pair)", "x-csrf-token": status.csrfToken ?? ""]
    }

    func refusal(_ password: String, address: String = "127.0.0.1") -> APIProblem? {
      do throws(APIProblem) { _ = try signIn(password, address: address) } catch { return error }
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
    #expect(await rig.status("GET", ["host": "evil.example"], rule: .probe) == 200)
    #expect(await rig.status("GET", ["host": "evil.example"], rule: .open) == 421)
  }

  @Test func aProxyWithoutAPasswordLetsNobodyIn() async {
    #expect(await Rig().status("GET", ["x-forwarded-for": "203.0.113.1"]) == 403)
    #expect(await Rig(Self.password).status("GET", ["x-forwarded-for": "203.0.113.1"]) == 401)
  }

  @Test func aPasswordOpensASession() async throws {
    let rig = Rig(Self.password)
    #expect(await rig.status() == 401)
    #expect(await rig.status(rule: .open) == 200)
    #expect(await rig.status(rule: .probe) == 200)
    #expect(rig.access.status(Rig.call()).csrfToken == nil)
    let browser = try rig.signIn()
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
    let browser = try rig.signIn()
    rig.clock.advance(by: .seconds(3599))
    #expect(await rig.status("GET", browser) == 200)
    rig.clock.advance(by: .seconds(3600))
    #expect(await rig.status("GET", browser) == 401)
    let second = try rig.signIn()
    for _ in 0..<23 {
      rig.clock.advance(by: .seconds(1800))
      #expect(await rig.status("GET", second) == 200)
    }
    rig.clock.advance(by: .seconds(1800))
    #expect(await rig.status("GET", second) == 401)
  }

  @Test func theCookieIsOutOfReachForScriptsAndOtherSites() throws {
    let plain = try Rig(Self.password).access.signIn("correct horse", Rig.call("POST"))
    #expect(plain.hasPrefix("presence_gateway_9090="))
    #expect(plain.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"))
    let tls = Rig(Self.password + ", tls: { certificate: c.pem, key: k.pem }")
    #expect(try tls.access.signIn("correct horse", Rig.call("POST")).hasSuffix("; Secure"))
  }

  @Test func passwordsCannotBeTriedFast() {
    let rig = Rig(Self.password)
    for _ in 0..<5 { #expect(rig.refusal("wrong")?.status == 401) }
    let refusal = rig.refusal("correct horse")
    #expect(refusal?.status == 429)
    #expect(refusal?.headers.first?.value == "60")
    #expect(rig.refusal("correct horse", address: "127.0.0.9") == nil)
    rig.clock.advance(by: .seconds(60))
    #expect(rig.refusal("correct horse") == nil)
  }

  @Test func manyAddressesTogetherCannotEither() {
    var limit = LoginLimit()
    let start = Moment(nanoseconds: 0)
    for number in 0..<60 {
      #expect(limit.wait("10.0.0.\(number)", now: start) == nil)
      limit.failed("10.0.0.\(number)", now: start)
    }
    #expect(limit.wait("10.9.9.9", now: start + .seconds(1)) == .seconds(59))
    #expect(limit.wait("10.9.9.9", now: start + .seconds(60)) == nil)
  }

  @Test func everySignInLeavesALineWithoutThePassword() throws {
    let rig = Rig(Self.password)
    _ = rig.refusal("hunter2")
    _ = try rig.signIn()
    let lines = rig.events.newest(10).map { "\($0.kind) \($0.level) \($0.message): \($0.detail ?? "")" }
    #expect(
      lines == [
        "audit info sign in: from 127.0.0.1",
        "audit warning sign in: from 127.0.0.1, wrong password",
      ])
  }

  @Test func tooManySessionsPushOutTheOneUnusedTheLongest() {
    var table = SessionTable()
    for number in 0..<SessionTable.limit {
      table.open("t\(number)", csrf: "c", now: Moment(nanoseconds: Int64(number)))
    }
    _ = table.use("t0", now: Moment(nanoseconds: 1000))
    table.open("new", csrf: "c", now: Moment(nanoseconds: 1001))
    #expect(table.sessions.count == SessionTable.limit)
    #expect(table.sessions["t1"] == nil && table.sessions["t0"] != nil)
  }
}
