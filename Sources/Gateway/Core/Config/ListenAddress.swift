// `host:port` of a listener, written as in every server's configuration.

/// An address to listen on. IPv6 is written in brackets: `[::1]:9090`. Port 0 takes any free port.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// Without brackets.
  public let host: String
  public let port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Nil when the text is no `host:port`.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(digits), port <= 65535
    else { return nil }
    let name = text[..<colon]
    if name.hasPrefix("["), name.hasSuffix("]") {
      let inner = name.dropFirst().dropLast()
      guard inner.contains(":"), inner.allSatisfy({ $0.isHexDigit || ":.%".contains($0) }) else { return nil }
      self.init(host: String(inner), port: port)
    } else {
      guard !name.isEmpty,
        name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
      else { return nil }
      self.init(host: String(name), port: port)
    }
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
