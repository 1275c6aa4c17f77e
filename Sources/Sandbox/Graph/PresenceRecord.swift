// Microsoft's aggregation rules for one person, as a value that takes `now` (concepts page
// cloud-communications-manage-presence-state, 2025-09-15).

import FoundationEssentials

struct PresenceRecord: Sendable {
  /// What one application made the person show by `setPresence`.
  struct AppSession: Sendable, Hashable {
    let app: String
    let pair: PresencePair
    let setAt: Date
    let expires: Date

    /// An `Available` that is not repeated fades after five minutes, and again after another five.
    static let fading = 300.0

    func shown(at now: Date) -> PresencePair {
      guard pair == .available else { return pair }
      let age = now.timeIntervalSince(setAt)
      return age < Self.fading ? pair : age < 2 * Self.fading ? .inactive : .away
    }

    func nextChange(after now: Date) -> Date {
      guard pair == .available else { return expires }
      let fades = [setAt + Self.fading, setAt + 2 * Self.fading].first { $0 > now }
      return min(expires, fades ?? expires)
    }
  }

  struct Preferred: Sendable, Hashable {
    let pair: PresencePair
    let expires: Date
    /// The application that set it, or nil when the person chose it by hand.
    let app: String?
  }

  struct StatusMessage: Sendable, Hashable {
    let content: String
    let published: Date
    let expires: Date?
  }

  private(set) var clients: [(name: String, pair: PresencePair)] = []
  private(set) var sessions: [AppSession] = []
  private(set) var preferred: Preferred?
  var status: StatusMessage?
  /// The automatic reply while the person is out of office.
  var reply: String?
  /// What was shown when the record was last settled, and the stamp of that change.
  private(set) var shown = PresencePair.offline
  private(set) var sequence: UInt64 = 0

  mutating func setClient(_ name: String, _ pair: PresencePair?) {
    clients.removeAll { $0.name == name }
    if let pair { clients.append((name, pair)) }
  }

  /// One session per application: a second replaces it.
  mutating func setSession(_ session: AppSession) {
    sessions.removeAll { $0.app == session.app }
    sessions.append(session)
  }

  /// False when the application has none.
  mutating func clearSession(of app: String) -> Bool {
    let count = sessions.count
    sessions.removeAll { $0.app == app }
    return sessions.count < count
  }

  mutating func setPreferred(_ preferred: Preferred?) { self.preferred = preferred }

  /// What others see: the preferred presence while there is a session, else the strongest session, else
  /// offline.
  func aggregate(at now: Date) -> PresencePair {
    var best: PresencePair?
    for pair in clients.lazy.map(\.pair) where pair.rank > best?.rank ?? -1 { best = pair }
    for session in sessions where session.expires > now {
      let pair = session.shown(at: now)
      if pair.rank > best?.rank ?? -1 { best = pair }
    }
    guard let best else { return .offline }
    if let preferred, preferred.expires > now { return preferred.pair }
    return best
  }

  /// Drops what has ended; true when what others see has changed, which then carries the given stamp.
  mutating func settle(at now: Date, stamp: UInt64) -> Bool {
    sessions.removeAll { $0.expires <= now }
    if let preferred, preferred.expires <= now { self.preferred = nil }
    if let expires = status?.expires, expires <= now { status = nil }
    let next = aggregate(at: now)
    guard next != shown else { return false }
    shown = next
    sequence = stamp
    return true
  }

  /// When time alone will next change something.
  func nextChange(after now: Date) -> Date? {
    var next = sessions.map { $0.nextChange(after: now) }
    if let preferred { next.append(preferred.expires) }
    if let expires = status?.expires { next.append(expires) }
    return next.min()
  }
}
