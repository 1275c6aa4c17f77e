// How far local time is from UTC at any moment, from the system's TZif files (RFC 8536): FoundationEssentials has no
// time zones of its own.

/// One time zone: the transitions the file lists, and the rule for what comes after them.
struct TimeZoneRules: Sendable, Hashable {
  static let directory = "/usr/share/zoneinfo"
  let name: String
  /// Seconds since 1970, ascending, each with the offset from then on.
  private let transitions: [Int64]
  private let offsets: [Int]
  /// Before the first transition.
  private let initial: Int
  /// After the last one.
  private let rule: PosixTimeZone?

  struct Unusable: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  static let utc = TimeZoneRules(name: "UTC", transitions: [], offsets: [], initial: 0, rule: nil)

  private init(name: String, transitions: [Int64], offsets: [Int], initial: Int, rule: PosixTimeZone?) {
    self.name = name
    self.transitions = transitions
    self.offsets = offsets
    self.initial = initial
    self.rule = rule
  }

  /// Reads the zone from the system's database, such as `Europe/Berlin`.
  init(named name: String) throws(Unusable) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName =
      parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }
      && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    guard isName else { throw Unusable("\"\(name)\" is no name of a time zone") }
    let bytes: [UInt8]
    do throws(BoundedFile.Unreadable) {
      bytes = try BoundedFile.read("\(Self.directory)/\(name)", limit: 1 << 20)
    } catch { throw Unusable("there is no time zone \"\(name)\" in \(Self.directory) (package tzdata)") }
    try self.init(name: name, tzif: bytes)
  }

  init(name: String, tzif bytes: [UInt8]) throws(Unusable) {
    var reader = TZifReader(bytes)
    guard let block = reader.read() else { throw Unusable("\"\(name)\" is no time zone file (RFC 8536)") }
    self.name = name
    transitions = block.times
    offsets = block.indices.map { block.types[$0] }
    initial = block.types.first ?? 0
    if block.footer.isEmpty {
      rule = nil
    } else {
      guard let rule = PosixTimeZone(block.footer) else {
        throw Unusable("\"\(name)\" ends with a rule that cannot be read: \(block.footer)")
      }
      self.rule = rule
    }
  }

  /// Seconds east of Greenwich at this moment, given in seconds since 1970.
  func offset(at seconds: Int64) -> Int {
    guard let last = transitions.last else { return rule?.offset(at: seconds) ?? initial }
    if seconds >= last { return rule?.offset(at: seconds) ?? offsets[offsets.count - 1] }
    var (low, high) = (0, transitions.count)
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? initial : offsets[low - 1]
  }
}
