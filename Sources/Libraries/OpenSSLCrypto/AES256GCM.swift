// The authenticated cipher of secrets at rest.

import COpenSSL

/// AES-256 in Galois/Counter Mode: key of 32 bytes, nonce of 12, tag of 16 (NIST SP 800-38D).
/// A nonce must never be used twice with one key: take `newNonce`.
public enum AES256GCM {
  public static let keySize = 32
  public static let nonceSize = 12
  public static let tagSize = 16

  public static func newNonce() -> [UInt8] { SecureRandom.bytes(nonceSize) }

  /// The cipher text with the tag behind it. `associated` is authenticated, not encrypted.
  public static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    let step = "cannot encrypt with AES-256-GCM"
    let context = try context(step, key: key, nonce: nonce, associated: associated, encrypting: true)
    defer { EVP_CIPHER_CTX_free(context) }
    var sealed = [UInt8](repeating: 0, count: plaintext.count + tagSize)
    let failed = sealed.withUnsafeMutableBufferPointer { buffer in
      let base = buffer.baseAddress!
      var body: Int32 = 0
      var last: Int32 = 0
      return EVP_CipherUpdate(context, base, &body, plaintext, Int32(plaintext.count)) != 1
        || EVP_CipherFinal_ex(context, base + Int(body), &last) != 1
        || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagSize), base + plaintext.count) != 1
    }
    if failed { throw CryptoError(step) }
    return sealed
  }

  /// Throws when the key, the nonce, `associated` or a single bit of `sealed` is another than when it was sealed.
  public static func open(
    _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    let step = "cannot decrypt with AES-256-GCM"
    guard sealed.count >= tagSize else { throw CryptoError(step, reasons: ["the input is too short"]) }
    let context = try context(step, key: key, nonce: nonce, associated: associated, encrypting: false)
    defer { EVP_CIPHER_CTX_free(context) }
    let length = sealed.count - tagSize
    var tag = Array(sealed[length...])
    // One byte more, so that an empty text has an address too.
    var plaintext = [UInt8](repeating: 0, count: length + 1)
    let failed = plaintext.withUnsafeMutableBufferPointer { buffer in
      let base = buffer.baseAddress!
      var body: Int32 = 0
      var last: Int32 = 0
      return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagSize), &tag) != 1
        || EVP_CipherUpdate(context, base, &body, sealed, Int32(length)) != 1
        || EVP_CipherFinal_ex(context, base + Int(body), &last) != 1
    }
    // OpenSSL has no words for a wrong tag.
    if failed { throw CryptoError(step, reasons: ["another key, or changed data"]) }
    plaintext.removeLast()
    return plaintext
  }

  private static func context(
    _ step: String, key: [UInt8], nonce: [UInt8], associated: [UInt8], encrypting: Bool
  ) throws(CryptoError) -> OpaquePointer {
    guard key.count == keySize else {
      throw CryptoError(step, reasons: ["the key must have 32 bytes, has \(key.count)"])
    }
    guard nonce.count == nonceSize else {
      throw CryptoError(step, reasons: ["the nonce must have 12 bytes, has \(nonce.count)"])
    }
    ERR_clear_error()
    guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError(step) }
    var length: Int32 = 0
    guard EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, encrypting ? 1 : 0, nil) == 1,
      EVP_CipherUpdate(context, nil, &length, associated, Int32(associated.count)) == 1
    else {
      EVP_CIPHER_CTX_free(context)
      throw CryptoError(step)
    }
    return context
  }
}
