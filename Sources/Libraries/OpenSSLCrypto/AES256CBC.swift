// The symmetric half of a rich notification.

import COpenSSL

/// AES-256 in CBC mode with PKCS#7 padding: key of 32 bytes, iv of 16 (NIST SP 800-38A).
/// It does not authenticate: check the HMAC of the cipher text before decrypting.
public enum AES256CBC {
  private static let blockSize = 16

  public static func encrypt(_ plaintext: [UInt8], key: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
    try run(plaintext, key: key, iv: iv, encrypting: true)
  }

  /// Throws when the padding is wrong, which is what a wrong key looks like.
  public static func decrypt(_ ciphertext: [UInt8], key: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8]
  {
    try run(ciphertext, key: key, iv: iv, encrypting: false)
  }

  private static func run(
    _ input: [UInt8], key: [UInt8], iv: [UInt8], encrypting: Bool
  ) throws(CryptoError) -> [UInt8] {
    let step = encrypting ? "cannot encrypt with AES-256-CBC" : "cannot decrypt with AES-256-CBC"
    guard key.count == 32 else {
      throw CryptoError(step, reasons: ["the key must have 32 bytes, has \(key.count)"])
    }
    guard iv.count == blockSize else {
      throw CryptoError(step, reasons: ["the iv must have 16 bytes, has \(iv.count)"])
    }
    guard input.count <= Int(Int32.max) - blockSize else {
      throw CryptoError(step, reasons: ["the input is too long"])
    }
    ERR_clear_error()
    guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError(step) }
    defer { EVP_CIPHER_CTX_free(context) }
    guard EVP_CipherInit_ex2(context, EVP_aes_256_cbc(), key, iv, encrypting ? 1 : 0, nil) == 1 else {
      throw CryptoError(step)
    }
    var failed = false
    let output = [UInt8](unsafeUninitializedCapacity: input.count + blockSize) { buffer, count in
      var body: Int32 = 0
      var last: Int32 = 0
      let base = buffer.baseAddress!
      failed =
        EVP_CipherUpdate(context, base, &body, input, Int32(input.count)) != 1
        || EVP_CipherFinal_ex(context, base + Int(body), &last) != 1
      count = failed ? 0 : Int(body + last)
    }
    if failed { throw CryptoError(step) }
    return output
  }
}
