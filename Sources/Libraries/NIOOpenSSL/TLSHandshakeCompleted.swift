// Tells the handlers behind TLS that the connection is private and what it will speak.

/// Fired once as an inbound user event, before the first plaintext.
public struct TLSHandshakeCompleted: Sendable, Hashable {
  /// The protocol that ALPN settled on; nil when the client offered none.
  public let alpn: String?
  /// The common name in the client's verified certificate, or its whole subject without one; nil: no certificate.
  public let clientName: String?

  public init(alpn: String?, clientName: String? = nil) {
    self.alpn = alpn
    self.clientName = clientName
  }
}
