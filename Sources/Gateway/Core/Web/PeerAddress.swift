// Who counts as one client of a listener: an IPv4 address, or the 64 bits of IPv6 that one subscriber has.

#if canImport(Glibc)
  import Glibc
#endif

enum PeerAddress: Hashable, Sendable {
  case v4(UInt32)
  case v6Network(UInt64)
  /// This machine, where reverse proxies speak for many, or an address that is none.
  case local

  /// An IP address as text, as `WebRequest.remoteAddress` has it.
  init(_ text: String) {
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, text, &v4) == 1 {
      self = Self.v4(of: UInt32(bigEndian: v4.s_addr))
    } else if inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &v6) == 1 {
      let (high, low) = withUnsafeBytes(of: &v6) {
        (
          UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
          UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
      }
      switch (high, low >> 32) {
      case (0, 0xFFFF): self = Self.v4(of: UInt32(truncatingIfNeeded: low))
      case (0, 0) where low == 1: self = .local
      default: self = .v6Network(high)
      }
    } else {
      self = .local
    }
  }

  private static func v4(of bits: UInt32) -> PeerAddress { bits >> 24 == 127 ? .local : .v4(bits) }
}
