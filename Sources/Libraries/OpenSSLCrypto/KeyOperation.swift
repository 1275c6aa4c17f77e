// The set-up that RSA encryption and RSA signatures share, so that paddings are chosen in one place.

import COpenSSL

enum SignatureScheme {
  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
  case rs256
  /// RSASSA-PSS with SHA-256, MGF1-SHA-256 and a salt of 32 bytes (RFC 7518 §3.5).
  case ps256

  func configure(_ context: OpaquePointer) -> Bool {
    switch self {
    case .rs256:
      EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
    case .ps256:
      EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
        && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
        && EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1
    }
  }
}

enum Direction {
  case encrypt, decrypt
}

func isRSA(_ key: OpaquePointer) -> Bool { EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA }

/// RSAES-OAEP with SHA-1 and MGF1-SHA-1, what Graph wraps the symmetric key with (RFC 8017 §7.1).
func oaepSHA1(
  _ input: [UInt8], key: OpaquePointer, _ direction: Direction
) throws(CryptoError) -> [UInt8] {
  let step = direction == .encrypt ? "cannot encrypt with RSA-OAEP" : "cannot decrypt with RSA-OAEP"
  guard isRSA(key) else { throw CryptoError(step, reasons: ["not an RSA key"]) }
  ERR_clear_error()
  guard let context = EVP_PKEY_CTX_new(key, nil) else { throw CryptoError(step) }
  defer { EVP_PKEY_CTX_free(context) }
  let ready = direction == .encrypt ? EVP_PKEY_encrypt_init(context) : EVP_PKEY_decrypt_init(context)
  guard ready == 1, EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
    EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha1()) == 1
  else { throw CryptoError(step) }
  var count = Int(EVP_PKEY_get_size(key))
  var output = [UInt8](repeating: 0, count: count)
  let done =
    direction == .encrypt
    ? EVP_PKEY_encrypt(context, &output, &count, input, input.count)
    : EVP_PKEY_decrypt(context, &output, &count, input, input.count)
  guard done == 1 else { throw CryptoError(step) }
  output.removeLast(output.count - count)
  return output
}

func sign(
  _ message: [UInt8], key: OpaquePointer, _ scheme: SignatureScheme
) throws(CryptoError) -> [UInt8] {
  let step = "cannot sign"
  guard isRSA(key) else { throw CryptoError(step, reasons: ["not an RSA key"]) }
  ERR_clear_error()
  guard let context = EVP_MD_CTX_new() else { throw CryptoError(step) }
  defer { EVP_MD_CTX_free(context) }
  var keyContext: OpaquePointer?
  guard EVP_DigestSignInit(context, &keyContext, EVP_sha256(), nil, key) == 1, let keyContext,
    scheme.configure(keyContext)
  else { throw CryptoError(step) }
  var count = Int(EVP_PKEY_get_size(key))
  var signature = [UInt8](repeating: 0, count: count)
  guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
    throw CryptoError(step)
  }
  signature.removeLast(signature.count - count)
  return signature
}

func verify(
  _ signature: [UInt8], of message: [UInt8], key: OpaquePointer, _ scheme: SignatureScheme
) -> Bool {
  guard isRSA(key), let context = EVP_MD_CTX_new() else { return false }
  // A wrong signature leaves reasons behind that the next caller on this thread must not find.
  defer {
    EVP_MD_CTX_free(context)
    ERR_clear_error()
  }
  var keyContext: OpaquePointer?
  guard EVP_DigestVerifyInit(context, &keyContext, EVP_sha256(), nil, key) == 1, let keyContext,
    scheme.configure(keyContext)
  else { return false }
  return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
}
