// The last decisions and errors of the gateway, in memory: what the admin page shows as it happens.

import FoundationEssentials
import PluginAPI

final class EventLog: Sendable {
  enum Kind: String, Sendable, Codable, CaseIterable {
    /// A sink accepted what it should show.
    case decision
    /// A sink did not.
    case delivery
    /// A check mark changed.
    case check
    case log
    case audit
  }
  enum Level: String, Sendable, Codable, CaseIterable { case info, warning, error }

  struct Entry: Sendable, Encodable {
    let id: Int
    let at: Date
    let kind: Kind
    let level: Level
    let plugin: String?
    let user: String?
    let name: String?
    let message: String
    let detail: String?
  }

  static let capacity = 1000
  private struct State {
    var entries: [Entry] = []
    /// Where the oldest is, once the ring is full.
    var start = 0
    var nextID = 1
    var feeds: [Int: EventFeed] = [:]
    var nextFeed = 0
  }
  private let state = Locked(State())
  private let now: @Sendable () -> Date
  /// How a person is called in here: the place where names can be replaced by pseudonyms.
  private let called: @Sendable (String) -> String

  init(
    now: @escaping @Sendable () -> Date = { Date() },
    called: @escaping @Sendable (String) -> String = { $0 }
  ) {
    self.now = now
    self.called = called
  }

  func append(
    _ kind: Kind, _ level: Level, _ message: String, detail: String? = nil, plugin: String? = nil,
    user: UserID? = nil, name: String? = nil
  ) {
    let at = now()
    let (user, name) = (user.map { called($0.rawValue) }, name.map(called))
    let detail = detail.map { $0.utf8.count <= 2000 ? $0 : String($0.prefix(500)) + "…" }
    state.withLock { state in
      let entry = Entry(
        id: state.nextID, at: at, kind: kind, level: level, plugin: plugin, user: user, name: name,
        message: message, detail: detail)
      state.nextID += 1
      if state.entries.count < Self.capacity {
        state.entries.append(entry)
      } else {
        state.entries[state.start] = entry
        state.start = (state.start + 1) % Self.capacity
      }
      for feed in state.feeds.values { feed.offer(entry) }
    }
  }

  /// The newest first.
  func newest(_ limit: Int, after: Int = 0, where wanted: (Entry) -> Bool = { _ in true }) -> [Entry] {
    let (entries, start) = state.withLock { ($0.entries, $0.start) }
    var found: [Entry] = []
    for offset in entries.indices {
      let entry = entries[(start + entries.count - 1 - offset) % entries.count]
      if entry.id <= after || found.count == limit { break }
      if wanted(entry) { found.append(entry) }
    }
    return found
  }

  /// From the entry after `id` on; nil when too many are listening already.
  func follow(after id: Int?) -> EventFeed? {
    state.withLock { state in
      guard state.feeds.count < EventFeed.limit else { return nil }
      let number = state.nextFeed
      state.nextFeed += 1
      let feed = EventFeed { [weak self] in self?.forget(number) }
      if let id {
        for offset in state.entries.indices {
          let entry = state.entries[(state.start + offset) % state.entries.count]
          if entry.id > id { feed.offer(entry) }
        }
      }
      state.feeds[number] = feed
      return feed
    }
  }

  private func forget(_ feed: Int) { _ = state.withLock { $0.feeds.removeValue(forKey: feed) } }
}
