// A request while its body is coming: what it may become is decided at its head, so that nothing is kept in
// vain.

import NIOCore
import NIOHTTP1
import PluginAPI

struct RequestAssembly {
  enum Plan {
    case handle(@Sendable (WebRequest) async -> WebResponse)
    case upgrade(@Sendable (any WebSocketConnection) async -> Void)
    case refuse(Refusal)
  }
  let head: HTTPRequestHead
  let plan: Plan
  /// The route's path for the metrics, or nil when there is none.
  let route: String?
  private let target: RequestTarget?
  private let maxBody: Int
  private(set) var body: [UInt8] = []
  private var received = 0

  init(_ head: HTTPRequestHead, _ router: WebRouter, _ limits: WebLimits) {
    self.head = head
    maxBody = limits.maxBodyBytes
    target = RequestTarget(head.uri)
    let route = target.flatMap { router.route($0.path) }
    self.route = route?.path
    plan = Self.plan(head, route)
    if case .handle = plan, let length = declaredLength { body.reserveCapacity(min(length, 16 << 10)) }
  }

  /// What must be answered at once, before the body: nobody waits for a body that will not be read.
  var earlyRefusal: Refusal? {
    if let length = declaredLength, length > maxBody { return .bodyTooLarge }
    if expectsContinue, case .refuse(let refusal) = plan { return refusal }
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

  func request(from remoteAddress: String) -> WebRequest {
    WebRequest(
      method: head.method == .HEAD ? "GET" : head.method.rawValue, path: target?.path ?? "",
      query: target?.query ?? "", headers: head.headers.map { ($0.name, $0.value) }, body: body,
      remoteAddress: remoteAddress)
  }

  private var declaredLength: Int? { head.headers[canonicalForm: "content-length"].first.flatMap { Int($0) } }

  private static func plan(_ head: HTTPRequestHead, _ route: WebRoute?) -> Plan {
    guard let route else { return .refuse(.notFound) }
    switch route.handler {
    case .http(let handler):
      return [.GET, .HEAD, .POST].contains(head.method)
        ? .handle(handler) : .refuse(.methodNotAllowed("GET, HEAD, POST"))
    case .webSocket(let handler):
      guard head.method == .GET else { return .refuse(.methodNotAllowed("GET")) }
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
