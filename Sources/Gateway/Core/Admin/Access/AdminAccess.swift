// Who may do what on the admin listener: every route passes here, and so does every sign-in.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

final class AdminAccess: Sendable {
  enum Rule: Sendable {
    /// Tells that the process lives, to whoever asks by whatever name.
    case alive
    /// For load balancers and monitoring: nobody is asked who they are.
    case probe
    /// The page itself, and the way in.
    case open
    /// As for an administrator, or with the password in each request (HTTP Basic): a scraper cannot sign in.
    case monitoring
    case administrator
  }
  private struct State {
    var sessions = SessionTable()
    var limit = LoginLimit()
    var notes = RefusalNotes()
  }
  private let listener: AdminListener
  private let clock: any GatewayClock
  private let audit: AuditLog
  private let state = Locked(State())
  /// For changes where nobody has to sign in, or a certificate does it, which a browser shows for any site's
  /// page: only a page of our own can have read it.
  private let sharedToken = AdminAccess.randomToken()
  /// Under which passwords are remembered: not as they are, and not beyond this process.
  private let proofKey = SecureRandom.bytes(32)

  init(_ listener: AdminListener, clock: any GatewayClock, audit: AuditLog) {
    self.listener = listener
    self.clock = clock
    self.audit = audit
  }

  func guarding(_ route: InternalRoute, _ rule: Rule) -> InternalRoute {
    if rule == .alive { return route }
    var handlers: [String: InternalRoute.Handler] = [:]
    for (method, handler) in route.handlers {
      handlers[method] = { [self] call in
        if let problem = await refusal(of: call, rule, changes: method != "GET") {
          // Not the path as it came: it may name a person.
          if method != "GET" { note(problem.reason, of: "\(method) \(route.path)", call) }
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
  func signIn(_ password: String, _ call: WebCall) async throws(APIProblem) -> String {
    try await prove(password, call)
    let proof = proof(of: password)
    let (token, csrf) = (Self.randomToken(), Self.randomToken())
    state.withLock { $0.sessions.open(token, csrf: csrf, proof: proof, now: clock.now) }
    audit.done("sign in", call)
    return cookie(token, maxAge: Int(SessionTable.longest.inSeconds), call)
  }

  /// Returns when this is the right password. Tries are counted, whatever they are for.
  private func prove(_ password: String, _ call: WebCall) async throws(APIProblem) {
    let peer = PeerAddress(call.request.remoteAddress)
    guard let secret = listener.password else {
      throw APIProblem(
        404, "nobody signs in here with a password", "Set gateway.admin.password to be asked for one.")
    }
    switch state.withLock({ $0.limit.attempt(peer, now: clock.now) }) {
    case .refused(let wait):
      let problem = APIProblem.tooManyTries(after: wait)
      note(problem.reason, of: "sign in", call)
      throw problem
    case .after(let delay): if delay > .zero { try? await clock.sleep(for: delay) }
    }
    let expected: String
    do throws(SecretUnavailable) { expected = try secret.reveal() } catch {
      throw APIProblem(
        503, "the administrator's password cannot be read: \(error)",
        "See to the reference in gateway.admin.password.")
    }
    guard constantTimeEqual(Array(password.utf8), Array(expected.utf8)) else {
      note("wrong password: the right one is in \(secret.reference)", of: "sign in", call)
      throw APIProblem(401, "the password is wrong", "It is what gateway.admin.password refers to.")
    }
    state.withLock { $0.limit.succeeded(peer) }
  }

  /// The cookie that ends the session in the browser.
  func signOut(_ call: WebCall) -> String {
    if let token = cookieToken(call), state.withLock({ $0.sessions.close(token) }) {
      audit.done("sign out", call)
    }
    return cookie("", maxAge: 0, call)
  }

  /// Whether whoever made this call may still read: an answer that goes on ends with the session it began in, and
  /// within a second of a change of the password, whose file is not read for each of its parts.
  func lasting(_ call: WebCall) -> @Sendable () -> Bool {
    let askedAt = Locked<Moment?>(nil)
    return { [self] in
      let now = clock.now
      let isDue = askedAt.withLock { askedAt in
        if let askedAt, now - askedAt < .seconds(1) { return false }
        askedAt = now
        return true
      }
      return token(of: call, comparesPassword: isDue) != nil
    }
  }

  // MARK: Rules

  private func note(_ reason: String, of action: String, _ call: WebCall) {
    let key = "\(PeerAddress(call.request.remoteAddress)) \(action) \(reason)"
    if state.withLock({ $0.notes.isNew(key, now: clock.now) }) { audit.refused(action, call, reason) }
  }

  private func proof(of password: String) -> [UInt8] {
    Digest.hmacSHA256(key: proofKey, Array(password.utf8))
  }

  private func refusal(of call: WebCall, _ rule: Rule, changes: Bool) async -> APIProblem? {
    if listener.listen.isLoopback, !isOurName(call.header("host")) { return .foreignHost }
    if rule == .probe { return nil }
    if !listener.asksWho, call.header("x-forwarded-for") != nil || call.header("forwarded") != nil {
      return .forwarded
    }
    if changes, !isSameOrigin(call) { return .foreignOrigin }
    if rule == .open { return nil }
    guard let token = token(of: call) else {
      return rule == .monitoring ? await refusalOfBasic(call) : .notSignedIn(listener)
    }
    if changes, !constantTimeEqual(Array((call.header("x-csrf-token") ?? "").utf8), Array(token.utf8)) {
      return .noToken
    }
    return nil
  }

  /// RFC 7617; the user's name is of no account.
  private func refusalOfBasic(_ call: WebCall) async -> APIProblem? {
    let words = (call.header("authorization") ?? "").split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "basic", let bytes = Base64.decode(String(words[1])),
      let colon = bytes.firstIndex(of: 0x3A)
    else {
      var problem = APIProblem.notSignedIn(listener)
      if listener.password != nil {
        problem.headers = [("www-authenticate", #"Basic realm="presence-gateway""#)]
      }
      return problem
    }
    do throws(APIProblem) {
      try await prove(String(decoding: bytes[(colon + 1)...], as: UTF8.self), call)
      return nil
    } catch { return error }
  }

  /// The token that this caller's changes must carry; nil when nobody has signed in.
  private func token(of call: WebCall, comparesPassword: Bool = true) -> String? {
    if !listener.asksWho || call.certificateName != nil { return sharedToken }
    guard let token = cookieToken(call) else { return nil }
    guard let session = state.withLock({ $0.sessions.use(token, now: clock.now) }) else { return nil }
    guard comparesPassword else { return session.csrf }
    // The password may be another by now; while it cannot be read nobody is let in by it.
    guard let password = try? listener.password?.reveal() else { return nil }
    guard constantTimeEqual(proof(of: password), session.proof) else {
      state.withLock { _ = $0.sessions.close(token) }
      return nil
    }
    return session.csrf
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

  private func cookie(_ value: String, maxAge: Int, _ call: WebCall) -> String {
    // Behind a proxy with TLS the browser says so.
    let isSecure = listener.tls != nil || call.header("origin")?.lowercased().hasPrefix("https://") == true
    return "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(maxAge)"
      + (isSecure ? "; Secure" : "")
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
