// Tells the handlers behind TLS that the connection is private and what it will speak.

/// Fired once as an inbound user event, before the first plaintext.
public struct TLSHandshakeCompleted: Sendable, Hashable {
  /// The protocol that ALPN settled on; nil when the client offered none.
  public let alpn: String?

  public init(alpn: String?) { self.alpn = alpn }
}
