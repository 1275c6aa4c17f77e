// What outlives the process: the delivered log, by which a restart knows what is left to do, and what sources said.

import FoundationEssentials
import PluginAPI

/// What is known of one user in one sink.
struct HeldRecord: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    case nothing
    /// `leaseEnds` is wall-clock time, or nil when it lives until it is changed.
    case held(Presence, leaseEnds: Date?)
    /// An update is on its way: after a crash the sink may hold one of these, or nothing.
    case doubtful([Presence])
  }
  var plugin: String
  var user: UserID
  var content: Content
}

protocol StateStore: Sendable {
  func load() throws -> [HeldRecord]
  /// What sources said last, as far as it may still be true.
  func said() throws -> [SourceRecord]
  /// As it is now, of one plugin.
  func held(of plugin: String) async -> [HeldRecord]
  /// Returns at once; written soon, many at a time.
  func record(_ records: [HeldRecord])
  func record(_ records: [SourceRecord])
  /// Returns when everything recorded before is written.
  func barrier() async
  func close() async
}

/// For `state: memory`.
struct ForgetfulStore: StateStore {
  func load() -> [HeldRecord] { [] }
  func said() -> [SourceRecord] { [] }
  func held(of plugin: String) async -> [HeldRecord] { [] }
  func record(_ records: [HeldRecord]) {}
  func record(_ records: [SourceRecord]) {}
  func barrier() async {}
  func close() async {}
}
