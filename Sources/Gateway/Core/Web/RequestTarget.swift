// The request line's target (RFC 9112 §3.2), split into what routes and handlers need.

struct RequestTarget: Equatable {
  /// Of the absolute form: host and port, in place of the header `Host`.
  let authority: String?
  let path: String
  /// After `?`, without it.
  let query: String

  /// Origin form, or absolute form as sent to proxies; nil for anything else.
  init?(_ text: String) {
    var rest = text[...]
    var authority: String?
    if !rest.hasPrefix("/") {
      guard let scheme = rest.firstRange(of: "://"),
        ["http", "https"].contains(rest[..<scheme.lowerBound].lowercased())
      else { return nil }
      rest = rest[scheme.upperBound...]
      let name = rest.prefix { $0 != "/" && $0 != "?" }
      authority = String(name)
      rest = rest[name.endIndex...]
    }
    self.authority = authority
    let path = rest.prefix { $0 != "?" }
    self.path = path.isEmpty ? "/" : String(path)
    query = String(rest.dropFirst(path.count + 1))
  }
}
