// Who counts as one client where strangers are limited: an IPv4 address, or the 64 bits of IPv6 that one subscriber has.

public enum PeerAddress: Hashable, Sendable {
  case v4(UInt32)
  case v6Network(UInt64)
  /// This machine, where reverse proxies speak for many; or an address that is none.
  case local

  /// An address as text, as `WebRequest` and `WebSocketConnection` have it.
  public init(_ text: String) {
    if let address = IPAddress(text), !address.isLoopback {
      self = address.v4.map(Self.v4) ?? .v6Network(address.high)
    } else {
      self = .local
    }
  }
}
