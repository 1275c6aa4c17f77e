// Hashes and message authentication of Graph notifications, thumbprints and the PBX login.

import COpenSSL

/// One-shot digests. They fail only when memory is exhausted, which ends the process.
public enum Digest {
  /// SHA-1, 20 bytes (FIPS 180-4). For thumbprints and peers that ask for it, not for signatures.
  public static func sha1(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    precondition(SHA1(message, message.count, &digest) != nil, "OpenSSL cannot compute SHA-1")
    return digest
  }

  /// SHA-256, 32 bytes (FIPS 180-4).
  public static func sha256(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    precondition(SHA256(message, message.count, &digest) != nil, "OpenSSL cannot compute SHA-256")
    return digest
  }

  /// HMAC-SHA256, 32 bytes (RFC 2104). Compare it with `constantTimeEqual`.
  public static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    let result = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, nil)
    precondition(result != nil, "OpenSSL cannot compute HMAC-SHA256")
    return digest
  }
}
