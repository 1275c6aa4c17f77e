// The certificate that a listener shows, replaceable while it runs.

import COpenSSL

/// Certificate and key of a TLS server. Speaks TLS 1.2 and 1.3, ALPN `http/1.1`, resumption with tickets
/// (their keys are random and live as long as the certificate).
///
/// With `clientTrustPEM`, the authorities of clients, it asks for a client certificate: one that does not verify
/// ends the handshake, none is served, and nothing is resumed.
public final class TLSServerContext: Sendable {
  private let current: Locked<SSLContext>

  /// `certificateChainPEM` begins with the server's own certificate, followed by intermediate ones.
  public init(certificateChainPEM: String, privateKeyPEM: String, clientTrustPEM: String? = nil) throws {
    current = Locked(try Self.load(certificateChainPEM, privateKeyPEM, clientTrustPEM))
  }

  /// Uses another certificate for connections that begin from now on. When it throws, nothing has changed.
  public func replace(certificateChainPEM: String, privateKeyPEM: String, clientTrustPEM: String? = nil)
    throws
  {
    let next = try Self.load(certificateChainPEM, privateKeyPEM, clientTrustPEM)
    current.withLock { $0 = next }
  }

  func makeSession() throws(TLSError) -> TLSSession {
    try TLSSession(server: current.withLock { $0 })
  }

  private static func load(
    _ chainPEM: String, _ keyPEM: String, _ clientTrustPEM: String?
  ) throws(TLSError) -> SSLContext {
    let context = try SSLContext()
    let step = "cannot use the certificate"
    try withCertificates(pem: chainPEM, step: step) { certificates throws(TLSError) in
      guard SSL_CTX_use_certificate(context.handle, certificates[0]) == 1 else { throw .configuration(step) }
      for certificate in certificates.dropFirst() {
        guard copenssl_add_chain_certificate(context.handle, certificate) == 1 else {
          throw .configuration(step)
        }
      }
    }
    try withPrivateKey(pem: keyPEM, step: "cannot use the private key") { key throws(TLSError) in
      // The first compares only with a certificate of the key's own kind.
      guard SSL_CTX_use_PrivateKey(context.handle, key) == 1,
        SSL_CTX_check_private_key(context.handle) == 1
      else {
        throw .configuration("the private key does not belong to the certificate")
      }
    }
    if let clientTrustPEM { try context.askForCertificate(of: clientTrustPEM) }
    copenssl_serve_http11(context.handle)
    return context
  }
}
