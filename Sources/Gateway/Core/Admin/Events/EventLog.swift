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

  /// Of each kind: ten thousand decisions a minute push out neither a red mark nor a line of the audit log.
  static let capacity = 1000
  /// What JavaScript counts exactly.
  static let greatestID = 1 << 53
  private struct Ring {
    private var entries: [Entry] = []
    /// Where the oldest is, once the ring is full.
    private var start = 0

    mutating func append(_ entry: Entry) {
      if entries.count < EventLog.capacity {
        entries.append(entry)
      } else {
        entries[start] = entry
        start = (start + 1) % EventLog.capacity
      }
    }

    /// The newest first.
    func reversed(after id: Int) -> some Sequence<Entry> {
      entries.indices.lazy.map { entries[(start + entries.count - 1 - $0) % entries.count] }
        .prefix { $0.id > id }
    }
  }
  private struct State {
    var rings: [Kind: Ring] = [:]
    var nextID: Int

    /// In no order.
    func entries(after id: Int) -> [Entry] { rings.values.flatMap { $0.reversed(after: id) } }
    var feeds: [Int: EventFeed] = [:]
    var nextFeed = 0
  }
  private let state: Locked<State>
  private let now: @Sendable () -> Date
  /// How a person is called in here: the place where names can be replaced by pseudonyms.
  let called: @Sendable (String) -> String

  init(
    now: @escaping @Sendable () -> Date = { Date() },
    called: @escaping @Sendable (String) -> String = { $0 }
  ) {
    self.now = now
    self.called = called
    // Microseconds since 1970: who has seen events of an earlier start asks for those after them. No gateway
    // makes a million a second, so that a later start never begins with an id that was given before.
    state = Locked(State(nextID: max(1, Int(now().timeIntervalSince1970 * 1_000_000))))
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
      state.rings[kind, default: Ring()].append(entry)
      for (number, feed) in state.feeds where !feed.offer(entry) { state.feeds[number] = nil }
    }
  }

  /// The newest first.
  func newest(_ limit: Int, after: Int = 0, where wanted: (Entry) -> Bool = { _ in true }) -> [Entry] {
    let state = state.withLock { $0 }
    let found = state.rings.values.flatMap { $0.reversed(after: after).lazy.filter(wanted).prefix(limit) }
    return Array(found.sorted { $0.id > $1.id }.prefix(limit))
  }

  /// From the entry after `id` on; nil when too many are listening already.
  func follow(after id: Int?) -> EventFeed? {
    state.withLock { state in
      guard state.feeds.count < EventFeed.limit else { return nil }
      let number = state.nextFeed
      state.nextFeed += 1
      let feed = EventFeed { [weak self] in self?.forget(number) }
      if let id {
        for entry in state.entries(after: id).sorted(by: { $0.id < $1.id }) { _ = feed.offer(entry) }
      }
      state.feeds[number] = feed
      return feed
    }
  }

  /// Readers whose time is over notice it now.
  func wakeReaders() { for feed in state.withLock({ $0.feeds.values }) { feed.wake() } }

  private func forget(_ feed: Int) { _ = state.withLock { $0.feeds.removeValue(forKey: feed) } }
}
