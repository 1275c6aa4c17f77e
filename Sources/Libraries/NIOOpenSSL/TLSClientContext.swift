// Whom a TLS client trusts.

import COpenSSL

/// Trust of TLS clients: TLS 1.2 and 1.3, the server's chain and name are always verified, ALPN `http/1.1` is
/// offered.
public final class TLSClientContext: Sendable {
  private let context: SSLContext

  /// `trustPEM` holds the certificates to trust instead of the system's: roots, intermediates or the server's
  /// own.
  public init(trustPEM: String?) throws {
    let context = try SSLContext()
    SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
    guard copenssl_offer_http11(context.handle) == 1 else {
      throw TLSError.configuration("cannot prepare TLS")
    }
    if let trustPEM {
      try context.trust(trustPEM)
    } else if SSL_CTX_set_default_verify_paths(context.handle) != 1 {
      throw TLSError.configuration("cannot use the system's trusted certificates")
    }
    self.context = context
  }

  /// `serverName` is the DNS name or the IP address that the server's certificate must carry.
  func makeSession(serverName: String) throws(TLSError) -> TLSSession {
    try TLSSession(client: context, serverName: serverName)
  }
}
