// Who is signed in: bounded, and each session ends by itself.

import PluginAPI

/// Pure; tokens come from outside.
struct SessionTable: Sendable {
  struct Session: Sendable, Equatable {
    /// What a change must carry, besides the cookie.
    let csrf: String
    /// Of the password that opened it: with another one it is over.
    let proof: [UInt8]
    let openedAt: Moment
    var usedAt: Moment
  }
  static let idle: Duration = .seconds(3600)
  static let longest: Duration = .seconds(12 * 3600)
  /// A browser that signs in again and again pushes out the session that was unused the longest.
  static let limit = 64
  private(set) var sessions: [String: Session] = [:]

  mutating func open(_ token: String, csrf: String, proof: [UInt8], now: Moment) {
    sessions = sessions.filter { Self.isAlive($0.value, now) }
    if sessions.count >= Self.limit, let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt }) {
      sessions[oldest.key] = nil
    }
    sessions[token] = Session(csrf: csrf, proof: proof, openedAt: now, usedAt: now)
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

  /// Whether there was one.
  mutating func close(_ token: String) -> Bool { sessions.removeValue(forKey: token) != nil }

  private static func isAlive(_ session: Session, _ now: Moment) -> Bool {
    now - session.usedAt < idle && now - session.openedAt < longest
  }
}
