// Who may do what on the admin listener: every route passes here, and so does every sign-in.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

final class AdminAccess: Sendable {
  enum Rule: Sendable {
    /// For load balancers and monitoring: nobody is asked anything.
    case probe
    /// The page itself, and the way in.
    case open
    case administrator
  }
  private struct State {
    var sessions = SessionTable()
    var limit = LoginLimit()
  }
  private let listener: AdminListener
  private let clock: any GatewayClock
  private let audit: AuditLog
  private let state = Locked(State())
  /// For changes where nobody has to sign in, or a certificate does it, which a browser shows for any site's
  /// page: only a page of our own can have read it.
  private let sharedToken = AdminAccess.randomToken()

  init(_ listener: AdminListener, clock: any GatewayClock, audit: AuditLog) {
    self.listener = listener
    self.clock = clock
    self.audit = audit
  }

  func guarding(_ route: InternalRoute, _ rule: Rule) -> InternalRoute {
    if rule == .probe { return route }
    var handlers: [String: InternalRoute.Handler] = [:]
    for (method, handler) in route.handlers {
      handlers[method] = { [self] call in
        if let problem = refusal(of: call, rule, changes: method != "GET") {
          return .whole(problem.response)
        }
        return await handler(call)
      }
    }
    return InternalRoute(route.path, handlers)
  }

  // MARK: The session as the page sees it

  struct SessionStatus: Encodable {
    /// `certificate` when one was shown, or nothing else is asked for; `password`; `none` when nobody is asked.
    var access: String
    var signedIn: Bool
    /// To be sent as `X-CSRF-Token` with every change.
    var csrfToken: String?
  }

  func status(_ call: WebCall) -> SessionStatus {
    let token = token(of: call)
    let access =
      if !listener.asksWho {
        "none"
      } else if call.certificateName != nil || listener.password == nil {
        "certificate"
      } else {
        "password"
      }
    return SessionStatus(
      access: access, signedIn: token != nil, csrfToken: token)
  }

  /// The session's cookie, or why there is none.
  func signIn(_ password: String, _ call: WebCall) throws(APIProblem) -> String {
    let address = call.request.remoteAddress
    let now = clock.now
    guard let secret = listener.password else {
      throw APIProblem(
        404, "nobody signs in here with a password", "Set gateway.admin.password to be asked for one.")
    }
    if let wait = state.withLock({ $0.limit.wait(address, now: now) }) {
      audit.refused("sign in", call, "too many tries")
      throw .tooManyTries(after: wait)
    }
    let expected: String
    do throws(SecretUnavailable) { expected = try secret.reveal() } catch {
      throw APIProblem(
        503, "the administrator's password cannot be read: \(error)",
        "See to the reference in gateway.admin.password.")
    }
    guard constantTimeEqual(Array(password.utf8), Array(expected.utf8)) else {
      state.withLock { $0.limit.failed(address, now: now) }
      audit.refused("sign in", call, "wrong password")
      throw APIProblem(
        401, "the password is wrong",
        "It is what gateway.admin.password refers to (\(secret.reference)).")
    }
    let (token, csrf) = (Self.randomToken(), Self.randomToken())
    state.withLock { state in
      state.limit.succeeded(address)
      state.sessions.open(token, csrf: csrf, now: now)
    }
    audit.done("sign in", call)
    return cookie(token, maxAge: Int(SessionTable.longest.inSeconds))
  }

  /// The cookie that ends the session in the browser.
  func signOut(_ call: WebCall) -> String {
    if let token = cookieToken(call) { state.withLock { $0.sessions.close(token) } }
    audit.done("sign out", call)
    return cookie("", maxAge: 0)
  }

  // MARK: Rules

  private func refusal(of call: WebCall, _ rule: Rule, changes: Bool) -> APIProblem? {
    if listener.listen.isLoopback, !isOurName(call.header("host")) { return .foreignHost }
    if !listener.asksWho, call.header("x-forwarded-for") != nil || call.header("forwarded") != nil {
      return .forwarded
    }
    if changes, !isSameOrigin(call) { return .foreignOrigin }
    guard rule == .administrator else { return nil }
    guard let token = token(of: call) else { return .notSignedIn(listener) }
    if changes, !constantTimeEqual(Array((call.header("x-csrf-token") ?? "").utf8), Array(token.utf8)) {
      return .noToken
    }
    return nil
  }

  /// The token that this caller's changes must carry; nil when nobody has signed in.
  private func token(of call: WebCall) -> String? {
    if !listener.asksWho || call.certificateName != nil { return sharedToken }
    guard let token = cookieToken(call) else { return nil }
    return state.withLock { $0.sessions.use(token, now: clock.now) }?.csrf
  }

  /// Against pages elsewhere that make a browser send something here (a cookie alone proves nothing).
  private func isSameOrigin(_ call: WebCall) -> Bool {
    if let site = call.header("sec-fetch-site"), site != "same-origin", site != "none" { return false }
    guard let origin = call.header("origin") else { return true }
    guard let host = call.header("host") else { return false }
    return origin.lowercased() == "\(listener.tls == nil ? "http" : "https")://\(host.lowercased())"
      || (listener.tls == nil && origin.lowercased() == "https://\(host.lowercased())")
  }

  /// Against names elsewhere that lead to this machine's loopback (DNS rebinding).
  private func isOurName(_ header: String?) -> Bool {
    guard let header = header?.lowercased() else { return false }
    var name = header[...]
    if let colon = header.lastIndex(of: ":"), header[colon...].dropFirst().allSatisfy(\.isNumber) {
      name = header[..<colon]
    }
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    return ListenAddress(host: String(name), port: 0).isLoopback
      || listener.hosts.contains { $0.lowercased() == name }
  }

  private var cookieName: String { "presence_gateway_\(listener.listen.port)" }

  private func cookie(_ value: String, maxAge: Int) -> String {
    "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(maxAge)"
      + (listener.tls == nil ? "" : "; Secure")
  }

  private func cookieToken(_ call: WebCall) -> String? {
    for header in call.request.headers where header.name.lowercased() == "cookie" {
      for pair in header.value.split(separator: ";") {
        let halves = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        if halves.count == 2, halves[0] == cookieName { return String(halves[1]) }
      }
    }
    return nil
  }

  static func randomToken() -> String { Hex.encode(SecureRandom.bytes(32)) }
}
