// The keys we own: of the notification certificate, of client assertions and of test authorities.

import COpenSSL

/// A private key, RSA unless made by `generateEC`. Usable from several threads at once.
// Sendable: OpenSSL counts references of an EVP_PKEY atomically and never changes it after construction.
public final class PrivateKey: @unchecked Sendable {
  let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { EVP_PKEY_free(handle) }

  /// A new RSA key; takes some 100 ms for 2048 bits.
  public static func generateRSA(bits: Int = 2048) throws(CryptoError) -> PrivateKey {
    let step = "cannot generate an RSA key"
    guard (1024...16384).contains(bits) else {
      throw CryptoError(step, reasons: ["bits must be 1024…16384, is \(bits)"])
    }
    ERR_clear_error()
    guard let handle = copenssl_generate_rsa(bits) else { throw CryptoError(step) }
    return PrivateKey(owning: handle)
  }

  /// A new elliptic-curve key on P-256, for certificates.
  public static func generateEC() throws(CryptoError) -> PrivateKey {
    ERR_clear_error()
    guard let handle = copenssl_generate_p256() else { throw CryptoError("cannot generate a P-256 key") }
    return PrivateKey(owning: handle)
  }

  /// Reads the first private key of `pem` (PKCS#8 or the traditional forms). Encrypted keys are refused.
  public init(pem: String) throws(CryptoError) {
    ERR_clear_error()
    guard let handle = readingBIO(pem, { copenssl_read_private_key($0) }) else {
      throw CryptoError("cannot read the private key")
    }
    self.handle = handle
  }

  /// PKCS#8, not encrypted. A secret.
  public var pem: String {
    let bytes = writingBIO { PEM_write_bio_PrivateKey($0, handle, nil, nil, 0, nil, nil) }
    guard let bytes else { preconditionFailure("OpenSSL cannot write a key that it holds") }
    return String(decoding: bytes, as: UTF8.self)
  }

  public var publicKey: PublicKey {
    EVP_PKEY_up_ref(handle)
    return PublicKey(owning: handle)
  }

  /// Unwraps what `PublicKey.encryptOAEPSHA1` wrapped. Takes about 1 ms for 2048 bits: not on an event loop.
  public func decryptOAEPSHA1(_ ciphertext: [UInt8]) throws(CryptoError) -> [UInt8] {
    try oaepSHA1(ciphertext, key: handle, .decrypt)
  }

  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3). RSA keys only.
  public func signRS256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    try sign(message, key: handle, .rs256)
  }

  /// RSASSA-PSS with SHA-256 and a salt of 32 bytes (RFC 7518 §3.5). RSA keys only.
  public func signPS256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    try sign(message, key: handle, .ps256)
  }
}
