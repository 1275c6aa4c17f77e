// Which users' own entries have to be given back: in slices, for it outlives the process.

import FoundationEssentials
import PluginAPI

struct LoanBook: Sendable {
  static let sliceCount = 64

  private(set) var all: [UserID: BorrowedEntry] = [:]
  private var dirty: Set<Int> = []

  mutating func take(_ changes: [UserID: BorrowedEntry?]) {
    for (user, loan) in changes where all[user] != loan {
      all[user] = loan
      dirty.insert(StableSlice.of(user, count: Self.sliceCount))
    }
  }

  /// The slices to write, a name and a value each.
  mutating func takeDirty() -> [(name: String, value: [UInt8]?)] {
    if dirty.isEmpty { return [] }
    defer { dirty = [] }
    var parts: [Int: [String: BorrowedEntry]] = [:]
    for (user, loan) in all {
      let slice = StableSlice.of(user, count: Self.sliceCount)
      if dirty.contains(slice) { parts[slice, default: [:]][user.rawValue] = loan }
    }
    return dirty.sorted().map { slice in
      (Self.name(slice), parts[slice].flatMap { try? JSONEncoder().encode($0) }.map { [UInt8]($0) })
    }
  }

  static func name(_ slice: Int) -> String { "own-entries/\(slice)" }

  /// Takes in what an earlier process wrote down; what cannot be read is left out.
  mutating func recall(_ value: [UInt8]?) {
    guard let value, let part = try? JSONDecoder().decode([String: BorrowedEntry].self, from: Data(value))
    else {
      return
    }
    for (user, loan) in part where all[UserID(user)] == nil { all[UserID(user)] = loan }
  }
}

/// Which slice of the state a user belongs to.
enum StableSlice {
  /// FNV-1a: the same in every process, which Swift's own hash is not.
  static func of(_ user: UserID, count: Int) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in user.rawValue.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return Int(hash % UInt32(count))
  }
}
