// The HTTP client that the core lends to plugins: one owner of connections, proxies, trust and time limits.

public struct HTTPRequest: Sendable, Hashable {
  public var method: String
  /// Absolute `https://` (or `http://`) URL, already percent-encoded.
  public var url: String
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]?
  /// From start to the last byte.
  public var timeout: Duration
  /// A longer response body is refused with `.responseTooLarge`.
  public var maxResponseBytes: Int
  /// PEM file with certificate authorities to trust instead of the system's, or nil.
  public var trustFile: String?

  public init(
    _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
    timeout: Duration = .seconds(30), maxResponseBytes: Int = 16 << 20, trustFile: String? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.maxResponseBytes = maxResponseBytes
    self.trustFile = trustFile
  }

  public static func == (a: HTTPRequest, b: HTTPRequest) -> Bool {
    a.method == b.method && a.url == b.url && a.body == b.body
      && a.headers.elementsEqual(b.headers, by: { $0.name == $1.name && $0.value == $1.value })
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(method)
    hasher.combine(url)
  }
}

public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of that name, compared without regard to case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

public enum HTTPClientError: Error, Sendable, Hashable, CustomStringConvertible {
  case cancelled
  case timedOut
  case cannotConnect(String)
  case tls(String)
  case responseTooLarge
  case invalidRequest(String)
  /// The connection broke while the request was under way: it may or may not have been carried out.
  case connectionLost(String)

  /// A clause for check marks and messages.
  public var description: String {
    switch self {
    case .cancelled: "given up"
    case .timedOut: "no answer in time"
    case .responseTooLarge: "the answer is too long"
    case .cannotConnect(let reason), .tls(let reason), .invalidRequest(let reason),
      .connectionLost(let reason):
      reason
    }
  }
}

public protocol HTTPClient: Sendable {
  /// Redirects are not followed. Cancelling the task ends the transfer.
  func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse
}
