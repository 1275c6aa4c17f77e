// When each person's session and preferred state were written: the two live differently long, so a change of one
// must not make the other look younger, and a refresh of one must not repeat the other.

import PluginAPI

/// How long ago the parts were written; nil when nobody remembers.
struct WriteAges: Sendable, Hashable {
  var session: Duration?
  var preferred: Duration?
}

/// Bounded by the people for whom we hold something; what is forgotten is written again when its turn comes.
actor WriteLedger {
  static let limit = 200_000
  private struct Entry {
    var session: Moment?
    var preferred: Moment?
  }
  private var entries: [UserID: Entry] = [:]

  func ages(of user: UserID, now: Moment) -> WriteAges {
    WriteAges(
      session: entries[user]?.session.map { now - $0 }, preferred: entries[user]?.preferred.map { now - $0 })
  }

  func note(_ call: TeamsWrite, of user: UserID, now: Moment) {
    if entries.count >= Self.limit, entries[user] == nil, let any = entries.keys.first { entries[any] = nil }
    var entry = entries[user] ?? Entry()
    switch call {
    case .setSession: entry.session = now
    case .clearSession: entry.session = nil
    case .setPreferred: entry.preferred = now
    case .clearPreferred: entry.preferred = nil
    }
    entries[user] = entry.session == nil && entry.preferred == nil ? nil : entry
  }
}
