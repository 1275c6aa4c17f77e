// What is to be written next: the newest of everything, so that it is bounded by people and values, not by traffic.

import PluginAPI

struct StateChanges: Sendable, Equatable {
  struct Key: Sendable, Hashable {
    var plugin: String
    var user: UserID
  }
  var held: [Key: HeldRecord] = [:]
  var sources: [Key: SourceRecord] = [:]
  /// Nil removes it.
  var values: [StateName: [UInt8]?] = [:]

  var isEmpty: Bool { count == 0 }
  var count: Int { held.count + sources.count + values.count }

  mutating func add(_ records: [HeldRecord]) {
    for record in records { held[Key(plugin: record.plugin, user: record.user)] = record }
  }
  mutating func add(_ records: [SourceRecord]) {
    for record in records { sources[Key(plugin: record.plugin, user: record.user)] = record }
  }

  /// Takes in what was to be written earlier, where nothing newer is here.
  mutating func merge(earlier: StateChanges) {
    held.merge(earlier.held) { newer, _ in newer }
    sources.merge(earlier.sources) { newer, _ in newer }
    values.merge(earlier.values) { newer, _ in newer }
  }
}
