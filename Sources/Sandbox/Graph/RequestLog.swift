// What the service was asked: the newest requests in full, all of them as counts.

import NIOHTTP1

/// One answered request. `status` 0: it was never answered.
public struct LoggedRequest: Sendable, Hashable, CustomStringConvertible {
  public let method: String
  /// Without the query.
  public let path: String
  public let status: Int
  public var description: String { "\(method) \(path) \(status)" }
}

/// One request to the Graph host in full, for judges of the gateway's requests; without its token.
public struct RecordedRequest: Sendable, Encodable {
  public let method: String
  public let path: String
  /// As sent.
  public let query: String
  public let headers: [String: String]
  public let body: String
  public let status: Int

  init(_ request: ServerRequest, status: Int) {
    method = request.method.rawValue
    path = request.path
    query = request.query ?? ""
    var headers: [String: String] = [:]
    for (name, value) in request.headers { headers[name.lowercased()] = value }
    if headers["authorization"]?.hasPrefix("Bearer ") == true { headers["authorization"] = "Bearer hidden" }
    self.headers = headers
    body = String(decoding: request.body, as: UTF8.self)
    self.status = status
  }
}

struct RequestLog: Sendable {
  static let limit = 2048
  private var ring: [LoggedRequest] = []
  private var next = 0
  private(set) var count = 0
  /// Takes every request to the Graph host, in order.
  var recorder: (@Sendable (RecordedRequest) -> Void)?

  mutating func add(_ request: LoggedRequest) {
    count += 1
    if ring.count < Self.limit { ring.append(request) } else { ring[next] = request }
    next = (next + 1) % Self.limit
  }

  /// Oldest first.
  var newest: [LoggedRequest] { ring.count < Self.limit ? ring : Array(ring[next...] + ring[..<next]) }
}
