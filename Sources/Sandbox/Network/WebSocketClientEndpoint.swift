// Where a WebSocket goes, taken from the URL that an administrator writes.

public struct WebSocketClientEndpoint: Sendable, Hashable, CustomStringConvertible {
  public let secure: Bool
  /// A name or address, without the brackets of IPv6.
  public let host: String
  public let port: Int
  /// Path and query, beginning with `/`.
  public let path: String

  /// `http`, `https`, `ws` or `wss`; nil for anything else, for user names in the URL and for bad ports.
  public init?(_ url: String) {
    guard let colon = url.firstRange(of: "://") else { return nil }
    switch url[..<colon.lowerBound].lowercased() {
    case "http", "ws": secure = false
    case "https", "wss": secure = true
    default: return nil
    }
    let rest = url[colon.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
    var authority = rest[..<slash]
    guard !authority.contains("@"), !path.contains(" "), !path.contains("#") else { return nil }
    var port = secure ? 443 : 80
    if let end = authority.lastIndex(of: ":"), !authority[end...].contains("]") {
      guard let number = Int(authority[authority.index(after: end)...]), (1...65_535).contains(number) else {
        return nil
      }
      port = number
      authority = authority[..<end]
    }
    if authority.hasPrefix("["), authority.hasSuffix("]") { authority = authority.dropFirst().dropLast() }
    guard !authority.isEmpty else { return nil }
    host = String(authority)
    self.port = port
  }

  public var description: String { "\(secure ? "wss" : "ws")://\(authority)\(path)" }

  /// The `Host` header's value.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (secure ? 443 : 80) ? name : "\(name):\(port)"
  }
}
