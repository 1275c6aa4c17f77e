// For `run --shadow`: what would have been written, beside what the system shows of itself. Bounded by people.

import PluginAPI

public final class ShadowLog: Sendable {
  public struct Entry: Sendable, Equatable {
    public var sink: String
    public var user: UserID
    /// What we would make it show last; nil: nothing of ours.
    public var wanted: Presence?
    /// What it showed by itself then, in its own vocabulary, or nil when that is not known.
    public var there: Presence?
    public var writes: Int
    /// Whether writing would change what is seen there, as far as that is known.
    public var differs: Bool { there.map { $0 != (wanted ?? .available) } ?? false }
  }
  struct Sink: Encodable {
    let sink: String
    /// Updates that were not written.
    let updates: Int
    let people: Int
    /// Of them, whom the system shows otherwise now.
    let differing: Int
  }
  private struct Key: Hashable {
    var sink: String
    var user: UserID
  }
  private let entries = Locked<[Key: Entry]>([:])

  public init() {}

  func note(_ update: PresenceUpdate, to sink: String, there: Presence?) {
    entries.withLock { entries in
      let key = Key(sink: sink, user: update.user)
      let writes = (entries[key]?.writes ?? 0) + 1
      entries[key] = Entry(
        sink: sink, user: update.user, wanted: update.presence, there: there, writes: writes)
    }
  }

  /// By sink, then by user.
  public func snapshot() -> [Entry] {
    entries.withLock { Array($0.values) }.sorted { ($0.sink, $0.user) < ($1.sink, $1.user) }
  }

  static func sinks(of entries: [Entry]) -> [Sink] {
    Dictionary(grouping: entries, by: \.sink).sorted { $0.key < $1.key }.map { sink, entries in
      Sink(
        sink: sink, updates: entries.reduce(0) { $0 + $1.writes }, people: entries.count,
        differing: entries.count(where: \.differs))
    }
  }

  /// The report in plain words: counts for each sink, then at most `most` people in whom the systems differ.
  public func text(most: Int = 50) -> String {
    let all = snapshot()
    var lines = Self.sinks(of: all).map {
      "\($0.sink): updates not written: \($0.updates); people: \($0.people); "
        + "shown differently there: \($0.differing)"
    }
    if all.isEmpty { lines.append("nothing would have been written") }
    let differing = all.filter(\.differs)
    lines += differing.prefix(most).map { entry in
      let (wanted, there) = (entry.wanted ?? .available, entry.there ?? .available)
      return "  \(entry.sink) \(entry.user): would show \(wanted.inWords), there: \(there.inWords)"
    }
    if differing.count > most { lines.append("  … and \(differing.count - most) more") }
    return lines.map { $0 + "\n" }.joined()
  }
}
