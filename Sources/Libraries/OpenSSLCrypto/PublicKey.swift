// The keys of others: of token issuers, and of the certificates we hand out.

import COpenSSL

/// A public key. The RSA steps fail, or answer false, for other kinds.
// Sendable: OpenSSL counts references of an EVP_PKEY atomically and never changes it after construction.
public final class PublicKey: @unchecked Sendable {
  let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { EVP_PKEY_free(handle) }

  /// From the big-endian `n` and `e` of a JSON Web Key (RFC 7518 §6.3.1).
  public init(rsaModulus: [UInt8], exponent: [UInt8]) throws(CryptoError) {
    let step = "cannot make an RSA public key"
    // OpenSSL's own limits: it would refuse to verify with more, after having accepted the key.
    guard (64...2048).contains(rsaModulus.count), (1...8).contains(exponent.count) else {
      throw CryptoError(step, reasons: ["modulus or exponent has no sensible length"])
    }
    ERR_clear_error()
    guard let handle = Self.assemble(rsaModulus, exponent) else { throw CryptoError(step) }
    self.handle = handle
  }

  /// `n`, big-endian without leading zeros; empty for other kinds of keys.
  public var rsaModulus: [UInt8] { number(OSSL_PKEY_PARAM_RSA_N) }
  /// `e`, big-endian without leading zeros; empty for other kinds of keys.
  public var rsaExponent: [UInt8] { number(OSSL_PKEY_PARAM_RSA_E) }

  /// RSAES-OAEP with SHA-1 and MGF1-SHA-1 (RFC 8017 §7.1); at most modulus length − 42 bytes.
  public func encryptOAEPSHA1(_ plaintext: [UInt8]) throws(CryptoError) -> [UInt8] {
    try oaepSHA1(plaintext, key: handle, .encrypt)
  }

  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
  public func verifyRS256(signature: [UInt8], of message: [UInt8]) -> Bool {
    verify(signature, of: message, key: handle, .rs256)
  }

  /// RSASSA-PSS with SHA-256 and a salt of 32 bytes (RFC 7518 §3.5).
  public func verifyPS256(signature: [UInt8], of message: [UInt8]) -> Bool {
    verify(signature, of: message, key: handle, .ps256)
  }

  /// The key in DER form with its kind, as in a certificate (RFC 5280 §4.1.2.7): what a pinned key is the digest of.
  public var subjectPublicKeyInfo: [UInt8] { writingBIO { i2d_PUBKEY_bio($0, handle) } ?? [] }

  private func number(_ name: String) -> [UInt8] {
    var number: OpaquePointer?
    guard isRSA(handle), EVP_PKEY_get_bn_param(handle, name, &number) == 1, let number else { return [] }
    defer { BN_free(number) }
    var bytes = [UInt8](repeating: 0, count: (Int(BN_num_bits(number)) + 7) / 8)
    BN_bn2bin(number, &bytes)
    return bytes
  }

  private static func assemble(_ modulus: [UInt8], _ exponent: [UInt8]) -> OpaquePointer? {
    let n = BN_bin2bn(modulus, Int32(modulus.count), nil)
    let e = BN_bin2bn(exponent, Int32(exponent.count), nil)
    let builder = OSSL_PARAM_BLD_new()
    let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
    var parameters: UnsafeMutablePointer<OSSL_PARAM>?
    defer {
      OSSL_PARAM_free(parameters)
      EVP_PKEY_CTX_free(context)
      OSSL_PARAM_BLD_free(builder)
      BN_free(e)
      BN_free(n)
    }
    guard let n, let e, let builder, let context,
      copenssl_push_rsa(builder, n, e) == 1
    else { return nil }
    parameters = OSSL_PARAM_BLD_to_param(builder)
    var key: OpaquePointer?
    guard parameters != nil, EVP_PKEY_fromdata_init(context) == 1,
      copenssl_public_key_from_data(context, &key, parameters) == 1
    else { return nil }
    return key
  }
}
