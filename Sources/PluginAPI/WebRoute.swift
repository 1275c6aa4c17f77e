// What a plugin serves on the public listener. Routes are values: no clash goes unnoticed, nothing to unregister.

public struct WebRoute: Sendable {
  public enum Handler: Sendable {
    /// GET and POST with the whole body, at most 1 MB.
    case http(@Sendable (WebRequest) async -> WebResponse)
    /// GET only, such as a page: whoever sends a body is refused before it is read.
    case get(@Sendable (WebRequest) async -> WebResponse)
    /// A WebSocket upgrade; the connection closes when the closure returns.
    case webSocket(@Sendable (any WebSocketConnection) async -> Void)
  }
  /// Exact path, beginning with `/`.
  public let path: String
  public let handler: Handler

  public init(_ path: String, _ handler: Handler) {
    self.path = path
    self.handler = handler
  }
}

public struct WebRequest: Sendable {
  public let method: String
  public let path: String
  /// The raw text after `?`, without it; empty when there is none.
  public let query: String
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]
  /// The client's, without a port; `PeerAddress` says who counts as one client.
  public let remoteAddress: String

  public init(
    method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
    body: [UInt8] = [], remoteAddress: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
  }
}

public struct WebResponse: Sendable {
  public var status: Int
  public var contentType: String
  /// More headers, with names in lower case. What belongs to the connection (length, date, keep-alive) is not
  /// theirs to set and is left out.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(
    _ status: Int, contentType: String = "text/plain; charset=utf-8",
    headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }
}

/// One WebSocket (RFC 6455), whoever dialled. Pings are answered and fragments are joined below this interface.
public protocol WebSocketConnection: Sendable {
  /// The peer's, as in `WebRequest`.
  var remoteAddress: String { get }
  /// The next whole text message as UTF-8 bytes, or nil when the peer is gone.
  func receive() async throws -> [UInt8]?
  /// Returns once the message is on its way; throws when the connection is closed.
  func send(_ text: [UInt8]) async throws
  func close() async
}
