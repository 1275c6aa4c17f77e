// What is to be written next: the newest of everything, so that it is bounded by people and values, not by traffic.

import PluginAPI

struct StateChanges: Sendable {
  struct Key: Sendable, Hashable {
    var plugin: String
    var user: UserID
  }
  var held: [Key: HeldRecord] = [:]
  /// Nil removes it.
  var values: [StateName: [UInt8]?] = [:]

  var isEmpty: Bool { held.isEmpty && values.isEmpty }
  var count: Int { held.count + values.count }

  mutating func add(_ records: [HeldRecord]) {
    for record in records { held[Key(plugin: record.plugin, user: record.user)] = record }
  }

  /// Takes in what was to be written earlier, where nothing newer is here.
  mutating func merge(earlier: StateChanges) {
    held.merge(earlier.held) { newer, _ in newer }
    values.merge(earlier.values) { newer, _ in newer }
  }
}
