// What Teams can hold from us for one person: a preferred state, a session, a status message; and how a presence becomes that.

import FoundationEssentials
import PluginAPI

/// The part of a presence that Teams takes. Source: presence-setpresence and presence-setuserpreferredpresence.
struct TeamsState: Sendable, Hashable {
  /// How the administrator wants presence to be carried.
  struct Manner: Sendable, Hashable {
    var states = WriteOptions.States.preferred
    var showsAvailable = false
    var writesNotes = false

    /// What Teams would hold of `presence`. Nothing is not *available* where that is shown too: it is *unknown* then.
    func held(for presence: Presence) -> Presence {
      let held = TeamsState(presence, self).held
      return showsAvailable && held == .available ? Presence(.unknown) : held
    }
  }

  /// Pairs that `setUserPreferredPresence` allows and that we use.
  enum Preferred: Sendable, Hashable, CaseIterable {
    case busy, doNotDisturb, beRightBack, away

    var word: String {
      switch self {
      case .busy: "Busy"
      case .doNotDisturb: "DoNotDisturb"
      case .beRightBack: "BeRightBack"
      case .away: "Away"
      }
    }
    /// Microsoft's own: a day for busy and do not disturb, a week for others.
    var life: Duration {
      switch self {
      case .busy, .doNotDisturb: .seconds(24 * 3600)
      case .beRightBack, .away: .seconds(7 * 24 * 3600)
      }
    }
    /// What Teams reports while it shows this.
    var reported: Presence { GraphPresence(availability: word, activity: word).presence }
  }

  /// Pairs that `setPresence` allows and that we use. An application has one session for each person.
  enum Session: Sendable, Hashable, CaseIterable {
    case inCall, presenting, away, available

    var words: (availability: String, activity: String) {
      switch self {
      case .inCall: ("Busy", "InACall")
      case .presenting: ("DoNotDisturb", "Presenting")
      case .away: ("Away", "Away")
      case .available: ("Available", "Available")
      }
    }
    var reported: Presence {
      GraphPresence(availability: words.availability, activity: words.activity).presence
    }
    /// How long it shows what it says; *available* fades to inactive after five minutes, whatever its expiry.
    func life(callLease: Duration) -> Duration {
      self == .available ? min(callLease, .seconds(300)) : callLease
    }
  }

  /// Of a person whom a session of ours shows as available: no source says this word.
  static let present: Activity = "present"
  /// Characters of a status message; Teams' own limit for people.
  static let longestNote = 280

  var preferred: Preferred?
  var session: Session?
  /// A status message: never empty.
  var note: Note?

  init(preferred: Preferred? = nil, session: Session? = nil, note: Note? = nil) {
    self.preferred = preferred
    self.session = session
    self.note = note
  }

  init(_ presence: Presence, _ manner: Manner) {
    let callActivity = presence.activity == .inCall || presence.activity == .inConferenceCall
    let onThePhone = presence.call == .connected || presence.call == .onHold || callActivity
    let byActivity = Self.session(of: presence)
    var state: Preferred? =
      switch presence.availability {
      // Busy because of the call: the session says it.
      case .busy: onThePhone && callActivity ? nil : .busy
      case .doNotDisturb: .doNotDisturb
      case .away: [.beRightBack, .lunch, .meal].contains(presence.activity) ? .beRightBack : .away
      case .available, .offline, .unknown: nil
      }
    var session: Session? = onThePhone ? .inCall : nil
    if manner.states == .session {
      // One session must do: what Teams itself would show of several.
      session =
        switch (state, onThePhone) {
        case (.doNotDisturb, _): .presenting
        case (_, true), (.busy, _): .inCall
        case (.away, _), (.beRightBack, _): .away
        case (nil, _): nil
        }
      state = nil
    } else if let byActivity {
      session = byActivity == .away && onThePhone ? .inCall : byActivity
      state = nil
    }
    if session == nil, manner.showsAvailable, ![.offline, .unknown].contains(presence.availability) {
      session = .available
    }
    preferred = state
    self.session = session
    note = manner.writesNotes ? presence.note.flatMap(Self.message) : nil
  }

  /// The words that only a session can carry: a route chooses the session by mapping to them.
  private static func session(of presence: Presence) -> Session? {
    switch (presence.availability, presence.activity) {
    case (.doNotDisturb, .presenting): .presenting
    case (.away, .inactive): .away
    default: nil
    }
  }

  private static func message(_ note: Note) -> Note? {
    let text = String(note.text.trimmed.prefix(longestNote)).trimmed
    return text.isEmpty ? nil : Note(text, expires: note.expires)
  }

  /// The canonical presence of this state; `.available` when nothing is held.
  var held: Presence {
    var presence =
      switch preferred {
      case .busy: Presence(.busy)
      case .doNotDisturb: Presence(.doNotDisturb)
      case .beRightBack: Presence(.away, .beRightBack)
      case .away: Presence(.away)
      // Beside a message alone nothing is said about the person.
      case nil: Presence(session == nil && note != nil ? .unknown : .available)
      }
    switch session {
    case .inCall: presence.call = .connected
    case .presenting: presence = Presence(.doNotDisturb, .presenting)
    case .away: presence = Presence(.away, .inactive)
    case .available where preferred == nil: presence.activity = Self.present
    case .available, nil: break
    }
    presence.note = note
    return presence
  }

  /// What Teams reports because of us: the preferred pair, or the session while the other is not there yet. That
  /// somebody is available is news even if we say it too: else the end of their meeting would be taken for an echo.
  var echoes: [Presence] {
    [preferred?.reported, session == .available ? nil : session?.reported].compactMap { $0 }
  }

  var isEmpty: Bool { preferred == nil && session == nil && note == nil }
}
