// The user table across restarts: kept in slices, so that one change does not write all users again.

import FoundationEssentials
import PluginAPI

/// What has to be written, and how it is written down.
struct UserArchive: Sendable {
  static let sliceCount = 256
  /// The name of the list of domains and how far each was read.
  static let marksName = "user-tables"

  private var dirty: [String: Set<Int>] = [:]
  private var marksAreDirty = false

  var isDirty: Bool { marksAreDirty || !dirty.isEmpty }

  /// The row changed, or left.
  mutating func touch(_ user: UserID, of domain: String) {
    dirty[domain, default: []].insert(Self.slice(of: user))
    marksAreDirty = true
  }
  mutating func touchMarks() { marksAreDirty = true }
  mutating func touchAll(of domain: String) {
    dirty[domain] = Set(0..<Self.sliceCount)
    marksAreDirty = true
  }

  /// The slices to write. The marks go last: a mark must never be ahead of its rows.
  mutating func take(_ tables: [String: [UserID: PBXUser]]) -> [(name: String, value: [UInt8]?)] {
    defer { dirty = [:] }
    return dirty.sorted { $0.key < $1.key }.flatMap { domain, slices in
      var parts: [Int: [PBXUser]] = [:]
      for user in (tables[domain] ?? [:]).values {
        let slice = Self.slice(of: user.id)
        if slices.contains(slice) { parts[slice, default: []].append(user) }
      }
      return slices.sorted().map { slice in
        (
          Self.name(slice, of: domain),
          parts[slice].flatMap { try? JSONEncoder().encode($0) }.map { [UInt8]($0) }
        )
      }
    }
  }

  mutating func takeMarks(_ marks: [String: ReplicationMark]) -> [UInt8]? {
    marksAreDirty = false
    return marks.isEmpty ? nil : (try? JSONEncoder().encode(marks)).map { [UInt8]($0) }
  }

  // MARK: Reading

  static func marks(_ value: [UInt8]?) -> [String: ReplicationMark] {
    value.flatMap { try? JSONDecoder().decode([String: ReplicationMark].self, from: Data($0)) } ?? [:]
  }

  /// Nil when the slice cannot be read: then the whole table is of no use.
  static func users(_ value: [UInt8]?) -> [PBXUser]? {
    guard let value else { return [] }
    return try? JSONDecoder().decode([PBXUser].self, from: Data(value))
  }

  static func name(_ slice: Int, of domain: String) -> String { "users/\(domain)/\(slice)" }

  private static func slice(of user: UserID) -> Int { StableSlice.of(user, count: sliceCount) }
}
