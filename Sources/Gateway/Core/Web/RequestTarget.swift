// The request line's target (RFC 9112 §3.2), split into what routes and handlers need.

struct RequestTarget: Equatable {
  let path: String
  /// After `?`, without it.
  let query: String

  /// Origin form, or absolute form as sent to proxies; nil for anything else.
  init?(_ text: String) {
    var rest = text[...]
    if !rest.hasPrefix("/") {
      guard let scheme = rest.firstRange(of: "://"),
        ["http", "https"].contains(rest[..<scheme.lowerBound].lowercased())
      else { return nil }
      rest = rest[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
    }
    let path = rest.prefix { $0 != "?" }
    self.path = path.isEmpty ? "/" : String(path)
    query = String(rest.dropFirst(path.count + 1))
  }
}
