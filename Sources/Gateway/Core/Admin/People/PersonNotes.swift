// What became of the last update of each user in each sink: for the people table, bounded by people.

import FoundationEssentials
import PluginAPI

struct PersonNotes: Sendable {
  struct Note: Sendable {
    var deliveredAt: Date?
    /// From the source's report to the sink's acceptance.
    var latency: Duration?
    /// Why the newest update is not there: what the sink said.
    var problem: String?
  }
  private var notes: [[UserID: Note]]

  init(plugins: Int) { notes = .init(repeating: [:], count: plugins) }

  /// After a reload: for each plugin its number before, or nil when it is new.
  mutating func renumber(_ former: [Int?]) { notes = former.map { $0.map { notes[$0] } ?? [:] } }

  subscript(plugin: Int, user: UserID) -> Note? { notes[plugin][user] }

  mutating func delivered(_ user: UserID, in plugin: Int, latency: Duration, at date: Date) {
    notes[plugin][user, default: Note()].deliveredAt = date
    notes[plugin][user, default: Note()].latency = latency
  }

  mutating func outcome(_ outcome: Engine.Outcome, of user: UserID, in plugin: Int) {
    switch outcome {
    case .accepted: if notes[plugin][user]?.problem != nil { notes[plugin][user]?.problem = nil }
    case .expired: break
    case .postponed(let reason), .rejected(let reason):
      notes[plugin][user, default: Note()].problem = reason
    }
  }

  func hasProblem(_ user: UserID, in plugin: Int) -> Bool { notes[plugin][user]?.problem != nil }

  mutating func forget(_ user: UserID, in plugin: Int) { notes[plugin][user] = nil }
}
