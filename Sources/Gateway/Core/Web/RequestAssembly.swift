// A request while its body is coming: what it may become is decided at its head, so that nothing is kept in
// vain.

import NIOCore
import NIOHTTP1
import PluginAPI

struct RequestAssembly {
  enum Plan {
    case handle(InternalRoute.Handler)
    case upgrade(@Sendable (any WebSocketConnection) async -> Void)
    case refuse(Refusal)
  }
  let head: HTTPRequestHead
  let plan: Plan
  /// The route's path for the metrics, or nil when there is none.
  let route: String?
  private let target: RequestTarget?
  private let parameters: [String: String]
  private let maxBody: Int
  private(set) var body: [UInt8] = []
  private var received = 0

  init(_ head: HTTPRequestHead, _ router: WebRouter, _ limits: WebLimits) {
    self.head = head
    // RFC 9110 §9.3.1: a body has no meaning there, so nobody's is kept.
    maxBody = [.GET, .HEAD].contains(head.method) ? 0 : limits.maxBodyBytes
    target = RequestTarget(head.uri)
    let match = target.flatMap { router.match($0.path) }
    route = match?.label
    parameters = match?.parameters ?? [:]
    plan = Self.plan(head, match)
    if case .handle = plan, let length = declaredLength { body.reserveCapacity(min(length, 16 << 10)) }
  }

  /// What must be answered at once, before the body: nobody waits for a body that will not be read.
  var earlyRefusal: Refusal? {
    if case .refuse(let refusal) = plan, refusal == .badRequest || Self.hasBody(head) || expectsContinue {
      return refusal
    }
    if let length = declaredLength, length > maxBody { return .bodyTooLarge }
    return nil
  }

  var expectsContinue: Bool {
    head.version == .http1_1
      && head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
  }

  /// After a request to upgrade the decoder has stopped: a refused one is this connection's last.
  var keepAlive: Bool {
    head.isKeepAlive && !head.headers.contains(name: "upgrade") && head.method != .CONNECT
  }

  /// Whether the part is kept and so counts in the budget of all bodies.
  var keepsBody: Bool { if case .handle = plan { true } else { false } }

  mutating func append(_ part: ByteBuffer) -> Refusal? {
    received += part.readableBytes
    if received > maxBody { return .bodyTooLarge }
    if keepsBody { body.append(contentsOf: part.readableBytesView) }
    return nil
  }

  func call(from remoteAddress: String, certificateName: String?) -> WebCall {
    var headers = head.headers
    // RFC 9112 §3.2.2: whoever asks for an absolute target has named the host there.
    if let authority = target?.authority { headers.replaceOrAdd(name: "host", value: authority) }
    let request = WebRequest(
      method: head.method == .HEAD ? "GET" : head.method.rawValue, path: target?.path ?? "",
      query: target?.query ?? "", headers: headers.map { ($0.name, $0.value) }, body: body,
      remoteAddress: remoteAddress)
    return WebCall(request, parameters: parameters, certificateName: certificateName)
  }

  private var declaredLength: Int? { head.headers[canonicalForm: "content-length"].first.flatMap { Int($0) } }

  private static func hasBody(_ head: HTTPRequestHead) -> Bool {
    head.headers.contains(name: "transfer-encoding")
      || head.headers[canonicalForm: "content-length"].contains { $0 != "0" }
  }

  /// RFC 9112 §3.2. With two, a proxy before us may have believed the other one.
  private static func namesItsHost(_ head: HTTPRequestHead) -> Bool {
    let hosts = head.headers["host"].count
    return hosts == 1 || (hosts == 0 && head.version != .http1_1)
  }

  private static func plan(_ head: HTTPRequestHead, _ match: WebRouter.Match?) -> Plan {
    guard namesItsHost(head) else { return .refuse(.badRequest) }
    switch match?.target {
    case nil: return .refuse(.notFound)
    case .own(let handlers):
      let method = head.method == .HEAD ? "GET" : head.method.rawValue
      if let handler = handlers[method] { return .handle(handler) }
      let allowed = (handlers["GET"] == nil ? [] : ["HEAD"]) + handlers.keys
      return .refuse(.methodNotAllowed(allowed.sorted().joined(separator: ", ")))
    case .declared(.http(let handler)):
      return [.GET, .HEAD, .POST].contains(head.method)
        ? .handle { .whole(await handler($0.request)) } : .refuse(.methodNotAllowed("GET, HEAD, POST"))
    case .declared(.get(let handler)):
      return [.GET, .HEAD].contains(head.method)
        ? .handle { .whole(await handler($0.request)) } : .refuse(.methodNotAllowed("GET, HEAD"))
    case .declared(.webSocket(let handler)):
      guard head.method == .GET else { return .refuse(.methodNotAllowed("GET")) }
      guard !hasBody(head) else { return .refuse(.badRequest) }
      return asksForWebSocket(head) ? .upgrade(handler) : .refuse(.upgradeRequired)
    }
  }

  /// RFC 6455 §4.2.1. A wrong version is told the right one by the same answer.
  private static func asksForWebSocket(_ head: HTTPRequestHead) -> Bool {
    func has(_ name: String, _ word: String) -> Bool {
      head.headers[canonicalForm: name].contains { $0.lowercased() == word }
    }
    return head.version == .http1_1 && has("connection", "upgrade") && has("upgrade", "websocket")
      && head.headers["sec-websocket-version"] == ["13"]
      && head.headers["sec-websocket-key"].first?.utf8.count == 24
  }
}
