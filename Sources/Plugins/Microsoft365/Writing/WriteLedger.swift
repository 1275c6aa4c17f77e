// When each person's session, preferred state and message were written: they live differently long, so a change of one
// must not make another look younger, and a refresh of one must not repeat another.

import PluginAPI

/// How long ago the parts were written; nil when nobody remembers.
struct WriteAges: Sendable, Hashable {
  var session: Duration?
  var preferred: Duration?
  var note: Duration?
}

/// Bounded by the people for whom we hold something; what is forgotten is written again when its turn comes.
actor WriteLedger {
  static let limit = 200_000
  private struct Entry: Equatable {
    var session: Moment?
    var preferred: Moment?
    var note: Moment?
  }
  private var entries: [UserID: Entry] = [:]

  func ages(of user: UserID, now: Moment) -> WriteAges {
    let entry = entries[user] ?? Entry()
    return WriteAges(
      session: entry.session.map { now - $0 }, preferred: entry.preferred.map { now - $0 },
      note: entry.note.map { now - $0 })
  }

  func note(_ call: TeamsWrite, of user: UserID, now: Moment) {
    if entries.count >= Self.limit, entries[user] == nil, let any = entries.keys.first { entries[any] = nil }
    var entry = entries[user] ?? Entry()
    switch call {
    case .setSession: entry.session = now
    case .clearSession: entry.session = nil
    case .setPreferred: entry.preferred = now
    case .clearPreferred: entry.preferred = nil
    case .setNote: entry.note = now
    case .clearNote: entry.note = nil
    }
    entries[user] = entry == Entry() ? nil : entry
  }
}
