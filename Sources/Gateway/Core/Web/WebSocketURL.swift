// Where a WebSocket is dialled, taken apart from the URL that an administrator wrote (RFC 6455 §3).

struct WebSocketURL: Sendable, Hashable {
  let isSecure: Bool
  /// A name or an address, without the brackets of IPv6.
  let host: String
  let port: Int
  /// Path and query, beginning with `/`.
  let target: String

  /// `ws://` or `wss://`; nil for anything else, for user names in it, fragments, blanks and bad ports.
  init?(_ text: String) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }),
      let scheme = text.firstRange(of: "://")
    else { return nil }
    switch text[..<scheme.lowerBound].lowercased() {
    case "ws": isSecure = false
    case "wss": isSecure = true
    default: return nil
    }
    let rest = text[scheme.upperBound...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    var authority = rest[..<end]
    target = (rest[end...].hasPrefix("/") ? "" : "/") + rest[end...]
    guard !authority.contains("@") else { return nil }
    var port = isSecure ? 443 : 80
    if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
      guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number)
      else { return nil }
      port = number
      authority = authority[..<colon]
    }
    if authority.hasPrefix("["), authority.hasSuffix("]") { authority = authority.dropFirst().dropLast() }
    guard !authority.isEmpty else { return nil }
    host = String(authority)
    self.port = port
  }

  /// The `Host` header's value.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }
}
