// One OpenSSL context and the reading of PEM text into it; what server and client contexts have in common.

import COpenSSL

// Sendable: set up by its owner before it is shared; afterwards only SSL_new uses it, which locks.
final class SSLContext: @unchecked Sendable {
  let handle: OpaquePointer

  /// Starts with the settings that all of our connections share.
  init() throws(TLSError) {
    ERR_clear_error()
    guard let handle = SSL_CTX_new(TLS_method()) else { throw .configuration("cannot prepare TLS") }
    self.handle = handle
    guard copenssl_configure(handle) == 1 else { throw .configuration("cannot prepare TLS") }
  }

  deinit { SSL_CTX_free(handle) }

  /// Peers are verified with the certificates of `pem`, which need not be roots.
  func trust(_ pem: String) throws(TLSError) {
    let step = "cannot use the trusted certificates"
    try withCertificates(pem: pem, step: step) { certificates throws(TLSError) in
      let store = SSL_CTX_get_cert_store(handle)
      X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(handle), UInt(X509_V_FLAG_PARTIAL_CHAIN))
      for certificate in certificates {
        guard X509_STORE_add_cert(store, certificate) == 1 else { throw .configuration(step) }
      }
    }
  }

  /// Asks clients for a certificate of an authority in `pem`, naming these. One that comes without is served.
  func askForCertificate(of pem: String) throws(TLSError) {
    let step = "cannot ask for client certificates"
    try trust(pem)
    try withCertificates(pem: pem, step: step) { certificates throws(TLSError) in
      for certificate in certificates {
        guard SSL_CTX_add_client_CA(handle, certificate) == 1 else { throw .configuration(step) }
      }
    }
    guard copenssl_ask_for_certificate(handle) == 1 else { throw .configuration(step) }
  }
}

/// The certificates of `pem` in their order, freed when `body` ends.
func withCertificates<Result>(
  pem: String, step: String, _ body: ([OpaquePointer]) throws(TLSError) -> Result
) throws(TLSError) -> Result {
  var certificates: [OpaquePointer] = []
  defer { for certificate in certificates { X509_free(certificate) } }
  let bio = try reader(pem, step)
  defer { BIO_free(bio) }
  while let certificate = copenssl_read_certificate(bio) { certificates.append(certificate) }
  // The search for one more ends with "no start line"; anything else is a broken certificate.
  let stop = ERR_peek_last_error()
  guard !certificates.isEmpty, copenssl_is_end_of_pem(stop) == 1 else { throw .configuration(step) }
  ERR_clear_error()
  return try body(certificates)
}

/// The first private key of `pem`, freed when `body` ends.
func withPrivateKey<Result>(
  pem: String, step: String, _ body: (OpaquePointer) throws(TLSError) -> Result
) throws(TLSError) -> Result {
  let bio = try reader(pem, step)
  defer { BIO_free(bio) }
  guard let key = copenssl_read_private_key(bio) else { throw .configuration(step) }
  defer { EVP_PKEY_free(key) }
  return try body(key)
}

/// A BIO with a copy of `pem`.
private func reader(_ pem: String, _ step: String) throws(TLSError) -> OpaquePointer {
  let bytes = Array(pem.utf8)
  ERR_clear_error()
  guard let length = Int32(exactly: bytes.count), let bio = BIO_new(BIO_s_mem()) else {
    throw .configuration(step)
  }
  guard length == 0 || BIO_write(bio, bytes, length) == length else {
    BIO_free(bio)
    throw .configuration(step)
  }
  return bio
}
