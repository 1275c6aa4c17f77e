// What the service was asked: the newest requests in full, all of them as counts.

/// One answered request. `status` 0: it was never answered.
public struct LoggedRequest: Sendable, Hashable, CustomStringConvertible {
  public let method: String
  /// Without the query.
  public let path: String
  public let status: Int
  public var description: String { "\(method) \(path) \(status)" }
}

struct RequestLog: Sendable {
  static let limit = 2048
  private var ring: [LoggedRequest] = []
  private var next = 0
  private(set) var count = 0

  mutating func add(_ request: LoggedRequest) {
    count += 1
    if ring.count < Self.limit { ring.append(request) } else { ring[next] = request }
    next = (next + 1) % Self.limit
  }

  /// Oldest first.
  var newest: [LoggedRequest] { ring.count < Self.limit ? ring : Array(ring[next...] + ring[..<next]) }
}
