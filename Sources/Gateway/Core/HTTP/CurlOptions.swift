// The limits of the HTTP client: what an administrator may have to change for a proxy or a slow network.

public struct CurlOptions: Sendable {
  /// Time for name resolution, TCP and TLS together.
  public var connectTimeout: Duration = .seconds(10)
  /// Connections to one host; more requests share them (HTTP/2) or wait for one.
  public var maxHostConnections = 2
  /// Open connections to all hosts together; idle ones make room.
  public var maxConnections = 64
  /// Requests under way or waiting; one more is refused.
  public var maxRequests = 4096
  /// All header lines of one response together.
  public var maxHeaderBytes = 64 << 10
  /// A connection that has sent data without an answer of the peer's TCP for so long is closed.
  public var deadPeerTimeout: Duration = .seconds(20)
  /// A proxy's address, or nil: what `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` say.
  public var proxy: String?
  /// `sha256//` and the base64 digest of the only key that a server may have; names and authorities then mean nothing.
  /// Nil: certificates are checked as usual.
  public var pinnedKey: String?
  /// Shown to servers that ask who their client is; nil: nobody.
  public var clientCertificate: CertificateFiles?
  public var userAgent = "presence-gateway"

  public init() {}
}
