// Who is signed in: bounded, and each session ends by itself.

import PluginAPI

/// Pure; tokens come from outside.
struct SessionTable: Sendable {
  struct Session: Sendable, Equatable {
    /// What a change must carry, besides the cookie.
    let csrf: String
    let openedAt: Moment
    var usedAt: Moment
  }
  static let idle: Duration = .seconds(3600)
  static let longest: Duration = .seconds(12 * 3600)
  /// A browser that signs in again and again pushes out the session that was unused the longest.
  static let limit = 64
  private(set) var sessions: [String: Session] = [:]

  mutating func open(_ token: String, csrf: String, now: Moment) {
    sessions = sessions.filter { Self.isAlive($0.value, now) }
    if sessions.count >= Self.limit, let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt }) {
      sessions[oldest.key] = nil
    }
    sessions[token] = Session(csrf: csrf, openedAt: now, usedAt: now)
  }

  mutating func use(_ token: String, now: Moment) -> Session? {
    guard var session = sessions[token], Self.isAlive(session, now) else {
      sessions[token] = nil
      return nil
    }
    session.usedAt = now
    sessions[token] = session
    return session
  }

  mutating func close(_ token: String) { sessions[token] = nil }

  private static func isAlive(_ session: Session, _ now: Moment) -> Bool {
    now - session.usedAt < idle && now - session.openedAt < longest
  }
}
