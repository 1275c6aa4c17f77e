// Unpredictable bytes and identifiers from OpenSSL's generator.

import COpenSSL

public enum SecureRandom {
  /// `count` unpredictable bytes. Ends the process when the generator fails: going on with predictable bytes
  /// is worse.
  public static func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    precondition(RAND_bytes(&bytes, Int32(count)) == 1, "OpenSSL has no random bytes")
    return bytes
  }

  /// A random UUID, version 4, in lower case (RFC 4122 §4.4).
  public static func guid() -> String {
    var bytes = Self.bytes(16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let cuts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16]
    return cuts.map { Hex.encode(Array(bytes[$0])) }.joined(separator: "-")
  }
}
