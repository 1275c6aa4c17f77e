// An address of IPv4 or IPv6, read from every text in which one arrives.

#if canImport(Glibc)
  import Glibc
#endif

public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// 128 bits in the order of the net. IPv4 stands where IPv6 maps it: `::ffff:192.0.2.7` is `192.0.2.7`.
  public let high: UInt64
  public let low: UInt64

  /// With or without a port: `192.0.2.7:443`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:443`. A zone (`%eth0`)
  /// does not count. Nil: it is none.
  public init?(_ text: some StringProtocol) {
    guard let host = Self.host(text) else { return nil }
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, host, &v4) == 1 {
      (high, low) = (0, 0xFFFF << 32 | UInt64(UInt32(bigEndian: v4.s_addr)))
    } else if inet_pton(AF_INET6, String(host.prefix { $0 != "%" }), &v6) == 1 {
      (high, low) = withUnsafeBytes(of: &v6) {
        (
          UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
          UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
      }
    } else {
      return nil
    }
  }

  /// Nil for one of IPv6.
  public var v4: UInt32? { high == 0 && low >> 32 == 0xFFFF ? UInt32(truncatingIfNeeded: low) : nil }

  /// Whether it is this machine.
  public var isLoopback: Bool { v4.map { $0 >> 24 == 127 } ?? (high == 0 && low == 1) }

  /// Without a port; of IPv6 in the form of RFC 5952.
  public var description: String {
    if let v4 {
      return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: v4 >> $0)) }.joined(separator: ".")
    }
    var bytes = (high.bigEndian, low.bigEndian)
    return String(unsafeUninitializedCapacity: Int(INET6_ADDRSTRLEN)) { text in
      text.withMemoryRebound(to: CChar.self) {
        inet_ntop(AF_INET6, &bytes, $0.baseAddress, socklen_t($0.count)).map { strlen($0) } ?? 0
      }
    }
  }

  private static func host(_ text: some StringProtocol) -> String? {
    if text.hasPrefix("[") {
      guard let end = text.lastIndex(of: "]") else { return nil }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || (rest.hasPrefix(":") && isPort(rest.dropFirst())) else { return nil }
      let host = text[..<end].dropFirst()
      return host.contains(":") ? String(host) : nil
    }
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return String(text) }
    return isPort(parts[1]) ? String(parts[0]) : nil
  }

  private static func isPort(_ text: some StringProtocol) -> Bool {
    (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
