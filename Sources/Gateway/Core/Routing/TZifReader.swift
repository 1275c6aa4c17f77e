// The bytes of a TZif file (RFC 8536, section 3), every length checked before it is believed.

struct TZifReader {
  struct Block {
    /// Seconds since 1970.
    var times: [Int64] = []
    /// For each time the number of its type.
    var indices: [Int] = []
    /// Seconds east of Greenwich of each type.
    var types: [Int] = []
    /// The rule for later times (POSIX TZ), or empty.
    var footer = ""
  }
  private struct Header {
    var version: UInt8
    var isUTC, isStandard, leaps, times, types, characters: Int
    func size(ofTime bytes: Int) -> Int {
      times * bytes + times + types * 6 + characters + leaps * (bytes + 4) + isStandard + isUTC
    }
  }

  private let bytes: [UInt8]
  private var at = 0
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Nil when it is no such file.
  mutating func read() -> Block? {
    guard let first = header() else { return nil }
    if first.version == 0 { return block(first, timeSize: 4) }
    at += first.size(ofTime: 4)
    guard let second = header(), var block = block(second, timeSize: 8) else { return nil }
    guard at < bytes.count, bytes[at] == 0x0A, let end = bytes[(at + 1)...].firstIndex(of: 0x0A) else {
      return nil
    }
    block.footer = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
    return block
  }

  private mutating func header() -> Header? {
    guard at + 44 <= bytes.count, bytes[at..<(at + 4)].elementsEqual("TZif".utf8) else { return nil }
    let version = bytes[at + 4]
    at += 20
    let counts = (0..<6).map { _ in Int(number(4)) }
    let header = Header(
      version: version, isUTC: counts[0], isStandard: counts[1], leaps: counts[2], times: counts[3],
      types: counts[4], characters: counts[5])
    // More is in no file; and it keeps the sums below from overflowing.
    guard counts.allSatisfy({ (0...100_000).contains($0) }), header.types > 0 else { return nil }
    return header
  }

  private mutating func block(_ header: Header, timeSize: Int) -> Block? {
    // Zones that count leap seconds ("right/…") are of no use for a wall clock.
    guard at + header.size(ofTime: timeSize) <= bytes.count, header.leaps == 0 else { return nil }
    let end = at + header.size(ofTime: timeSize)
    var block = Block()
    block.times = (0..<header.times).map { _ in number(timeSize) }
    block.indices = (0..<header.times).map { _ in Int(number(1)) }
    block.types = (0..<header.types).map { _ in
      defer { at += 2 }
      return Int(number(4))
    }
    at = end
    let isSound =
      block.indices.allSatisfy { $0 >= 0 && $0 < block.types.count }
      && zip(block.times, block.times.dropFirst()).allSatisfy { $0 < $1 }
      && block.types.allSatisfy { abs($0) < 200_000 }
    return isSound ? block : nil
  }

  /// Signed, big-endian; a single byte unsigned.
  private mutating func number(_ size: Int) -> Int64 {
    var value: Int64 = size == 1 || bytes[at] < 0x80 ? 0 : -1
    for byte in bytes[at..<(at + size)] { value = value << 8 | Int64(byte) }
    at += size
    return value
  }
}
