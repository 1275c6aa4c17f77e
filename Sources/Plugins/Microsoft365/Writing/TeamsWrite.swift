// The calls that lead Teams from what it holds to what it should hold. Pure.

import FoundationEssentials
import PluginAPI

enum TeamsWrite: Sendable, Hashable {
  case setSession(TeamsState.Session)
  case setPreferred(TeamsState.Preferred)
  case clearPreferred
  case clearSession

  /// `previous` is what Teams holds from us. States are set before others are taken back, so that nothing flickers
  /// between; the short-lived session comes first, so that a fault in between leaves nothing for long.
  static func plan(
    previous: TeamsState, wanted: TeamsState, cause: PresenceUpdate.Cause, ages: WriteAges,
    callLease: Duration
  ) -> [TeamsWrite] {
    // After a lost answer every part is established, and every part not wanted is taken back.
    let unsure = cause == .repair
    var calls: [TeamsWrite] = []
    if let session = wanted.session {
      let stale = ages.session.map { $0 * 2 >= callLease } ?? true
      if unsure || cause == .refresh || session != previous.session || stale {
        calls.append(.setSession(session))
      }
    }
    if let preferred = wanted.preferred {
      // Written again only when half of its life is over: each time it overrides what the person chose meanwhile.
      let stale = ages.preferred.map { $0 * 2 >= preferred.life } ?? true
      if unsure || preferred != previous.preferred || (cause == .refresh && stale) {
        calls.append(.setPreferred(preferred))
      }
    }
    if wanted.preferred == nil, unsure || previous.preferred != nil { calls.append(.clearPreferred) }
    if wanted.session == nil, unsure || previous.session != nil { calls.append(.clearSession) }
    return calls
  }

  /// What is left of the life of what Teams holds now, or nil when it holds nothing of ours. A part whose age
  /// nobody knows counts as half spent.
  static func lease(_ held: TeamsState, ages: WriteAges, callLease: Duration) -> Duration? {
    // The requests took time: a little before the end is safe.
    let session = held.session.map { _ in
      callLease - (ages.session ?? callLease / 2) - min(callLease / 10, .seconds(60))
    }
    let preferred = held.preferred.map { $0.life - (ages.preferred ?? $0.life / 2) - .seconds(600) }
    return [session, preferred].compactMap { $0 }.min().map { max($0, .seconds(1)) }
  }

  func request(user: UserID, sessionID: String, callLease: Duration) -> GraphRequest {
    var fields: [String: String] = [:]
    let call: GraphCall
    let action: String
    switch self {
    case .setSession(let session):
      (call, action) = (.setPresence, "setPresence")
      fields = [
        "sessionId": sessionID, "availability": session.words.availability,
        "activity": session.words.activity,
        "expirationDuration": isoDuration(callLease),
      ]
    case .clearSession:
      (call, action) = (.clearPresence, "clearPresence")
      fields = ["sessionId": sessionID]
    case .setPreferred(let preferred):
      (call, action) = (.setPreferred, "setUserPreferredPresence")
      fields = [
        "availability": preferred.word, "activity": preferred.word,
        "expirationDuration": isoDuration(preferred.life),
      ]
    case .clearPreferred: (call, action) = (.clearPreferred, "clearUserPreferredPresence")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return GraphRequest(
      call: call, method: "POST", target: "/users/\(percentEncode(user.rawValue))/presence/\(action)",
      body: (try? encoder.encode(fields)).map(Array.init), timeout: .seconds(10), maxResponseBytes: 1 << 18)
  }
}

/// Whole seconds, ISO 8601: `PT10M`, `PT1H30M`, `PT24H`, `PT5M30S`.
func isoDuration(_ duration: Duration) -> String {
  let seconds = Int(duration.inSeconds)
  let parts = [(seconds / 3600, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S")].filter { $0.0 > 0 }
  return "PT" + (parts.isEmpty ? "0S" : parts.map { "\($0.0)\($0.1)" }.joined())
}
