// Base64 of notifications and tokens. Strict, so that one value has one spelling and a changed token never
// passes.

/// RFC 4648. Decoding refuses white space, foreign characters, wrong padding and non-zero left-over bits.
public enum Base64 {
  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let standardValues = values(of: standard)
  private static let urlValues = values(of: url)
  private static let pad = UInt8(ascii: "=")
  private static let foreign: UInt8 = 0xff

  /// §4, with padding.
  public static func encode(_ bytes: [UInt8]) -> String {
    encode(bytes, alphabet: standard, padded: true)
  }

  /// §4; padding is required.
  public static func decode(_ text: String) -> [UInt8]? {
    let source = Array(text.utf8)
    guard source.count % 4 == 0 else { return nil }
    return decode(source, values: standardValues)
  }

  /// §5, the alphabet of JSON Web Tokens, without padding.
  public static func encodeURL(_ bytes: [UInt8]) -> String {
    encode(bytes, alphabet: url, padded: false)
  }

  /// §5; padding may be left out.
  public static func decodeURL(_ text: String) -> [UInt8]? {
    let source = Array(text.utf8)
    guard source.last != pad || source.count % 4 == 0 else { return nil }
    return decode(source, values: urlValues)
  }

  private static func encode(_ bytes: [UInt8], alphabet: [UInt8], padded: Bool) -> String {
    let capacity = (bytes.count + 2) / 3 * 4
    return String(unsafeUninitializedCapacity: capacity) { text in
      var written = 0
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let left = min(3, bytes.count - start)
        var group = UInt32(bytes[start]) << 16
        if left > 1 { group |= UInt32(bytes[start + 1]) << 8 }
        if left > 2 { group |= UInt32(bytes[start + 2]) }
        for position in 0..<4 {
          if position > left {
            guard padded else { break }
            text[written] = pad
          } else {
            text[written] = alphabet[Int(group >> UInt32(18 - 6 * position)) & 63]
          }
          written += 1
        }
      }
      return written
    }
  }

  private static func decode(_ source: [UInt8], values: [UInt8]) -> [UInt8]? {
    var count = source.count
    while count > 0, source.count - count < 2, source[count - 1] == pad { count -= 1 }
    guard count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits: UInt32 = 0
    for character in source[..<count] {
      let value = values[Int(character)]
      guard value != foreign else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> bits))
      }
    }
    guard group & (1 << bits - 1) == 0 else { return nil }
    return bytes
  }

  private static func values(of alphabet: [UInt8]) -> [UInt8] {
    var values = [UInt8](repeating: foreign, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }
}
