// The calls that lead Teams from what it holds to what it should hold. Pure.

import FoundationEssentials
import PluginAPI

enum TeamsWrite: Sendable, Hashable {
  case setSession(TeamsState.Session)
  case setPreferred(TeamsState.Preferred)
  case setNote(Note)
  case clearNote
  case clearPreferred
  case clearSession

  /// Of a status message whose note has no end: if the gateway dies, it is gone after so long.
  static let noteLife = Duration.seconds(24 * 3600)

  /// `previous` is what Teams holds from us. States are set before others are taken back, so that nothing flickers
  /// between; the short-lived session comes first, so that a fault in between leaves nothing for long.
  static func plan(
    previous: TeamsState, wanted: TeamsState, cause: PresenceUpdate.Cause, ages: WriteAges,
    callLease: Duration, writesNotes: Bool = false
  ) -> [TeamsWrite] {
    // After a lost answer every part is established, and every part not wanted is taken back.
    let unsure = cause == .repair
    var calls: [TeamsWrite] = []
    if let session = wanted.session {
      let stale = ages.session.map { $0 * 2 >= session.life(callLease: callLease) } ?? true
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
    if let note = wanted.note {
      let stale = note.expires == nil && (ages.note.map { $0 * 2 >= noteLife } ?? true)
      if unsure || note != previous.note || (cause == .refresh && stale) { calls.append(.setNote(note)) }
    } else if writesNotes, unsure || previous.note != nil {
      calls.append(.clearNote)
    }
    if wanted.preferred == nil, unsure || previous.preferred != nil { calls.append(.clearPreferred) }
    if wanted.session == nil, unsure || previous.session != nil { calls.append(.clearSession) }
    return calls
  }

  /// What is left of the life of what Teams holds now, or nil when it holds nothing of ours. A part whose age
  /// nobody knows counts as half spent.
  static func lease(_ held: TeamsState, ages: WriteAges, callLease: Duration) -> Duration? {
    // The requests took time: a little before the end is safe.
    let session = held.session.map { session in
      let life = session.life(callLease: callLease)
      return life - (ages.session ?? life / 2) - min(life / 10, .seconds(60))
    }
    let preferred = held.preferred.map { $0.life - (ages.preferred ?? $0.life / 2) - .seconds(600) }
    let note = held.note.flatMap {
      $0.expires == nil ? noteLife - (ages.note ?? noteLife / 2) - .seconds(600) : nil
    }
    return [session, preferred, note].compactMap { $0 }.min().map { max($0, .seconds(1)) }
  }

  /// `date` is now.
  func request(user: UserID, sessionID: String, callLease: Duration, date: Date) -> GraphRequest {
    switch self {
    case .setSession(let session):
      Self.request(
        .setPresence, "setPresence", user,
        Pair(
          sessionId: sessionID, availability: session.words.availability, activity: session.words.activity,
          expirationDuration: isoDuration(callLease)))
    case .clearSession:
      Self.request(.clearPresence, "clearPresence", user, Pair(sessionId: sessionID), takesBack: true)
    case .setPreferred(let preferred):
      Self.preferred(preferred.word, preferred.word, life: preferred.life, of: user)
    case .clearPreferred:
      Self.request(.clearPreferred, "clearUserPreferredPresence", user, Pair(), takesBack: true)
    case .setNote(let note):
      Self.request(
        .setStatusMessage, "setStatusMessage", user,
        StatusBody(text: note.text, expires: note.expires ?? date + Self.noteLife.inSeconds))
    case .clearNote:
      Self.request(
        .setStatusMessage, "setStatusMessage", user, StatusBody(text: "", expires: nil), takesBack: true)
    }
  }

  static func preferred(_ availability: String, _ activity: String, life: Duration, of user: UserID)
    -> GraphRequest
  {
    request(
      .setPreferred, "setUserPreferredPresence", user,
      Pair(availability: availability, activity: activity, expirationDuration: isoDuration(life)))
  }

  private struct Pair: Encodable {
    var sessionId: String?
    var availability: String?
    var activity: String?
    var expirationDuration: String?
  }
  /// Source: presence-setstatusmessage. That an empty text clears it is an inference.
  private struct StatusBody: Encodable {
    struct Status: Encodable {
      let message: Message
      let expiryDateTime: Zoned?
    }
    struct Message: Encodable {
      let content: String
      let contentType = "text"
    }
    struct Zoned: Encodable {
      let dateTime: String
      let timeZone = "UTC"
    }
    let statusMessage: Status

    init(text: String, expires: Date?) {
      let end = expires.map { Zoned(dateTime: String(graphText($0).dropLast())) }
      statusMessage = Status(message: Message(content: text), expiryDateTime: end)
    }
  }

  private static func request(
    _ call: GraphCall, _ action: String, _ user: UserID, _ body: some Encodable, takesBack: Bool = false
  ) -> GraphRequest {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return GraphRequest(
      call: call, method: "POST", target: "/users/\(percentEncode(user.rawValue))/presence/\(action)",
      body: (try? encoder.encode(body)).map(Array.init), takesBack: takesBack, timeout: .seconds(10),
      maxResponseBytes: 1 << 18)
  }
}

/// Whole seconds, ISO 8601: `PT10M`, `PT1H30M`, `PT24H`, `PT5M30S`.
func isoDuration(_ duration: Duration) -> String {
  let seconds = Int(duration.inSeconds)
  let parts = [(seconds / 3600, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S")].filter { $0.0 > 0 }
  return "PT" + (parts.isEmpty ? "0S" : parts.map { "\($0.0)\($0.1)" }.joined())
}
