// What Teams can hold from us for one person: a preferred state, a session, or both; and how a presence becomes that.

import PluginAPI

/// The part of a presence that Teams takes. Source: presence-setpresence and presence-setuserpreferredpresence.
struct TeamsState: Sendable, Hashable {
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
    case inCall, presenting, away

    var words: (availability: String, activity: String) {
      switch self {
      case .inCall: ("Busy", "InACall")
      case .presenting: ("DoNotDisturb", "Presenting")
      case .away: ("Away", "Away")
      }
    }
    var reported: Presence {
      GraphPresence(availability: words.availability, activity: words.activity).presence
    }
  }

  var preferred: Preferred?
  var session: Session?

  init(preferred: Preferred? = nil, session: Session? = nil) {
    self.preferred = preferred
    self.session = session
  }

  init(_ presence: Presence, states: WriteOptions.States) {
    let callActivity = presence.activity == .inCall || presence.activity == .inConferenceCall
    let onThePhone = presence.call == .connected || presence.call == .onHold || callActivity
    var state: Preferred? =
      switch presence.availability {
      // Busy because of the call: the session says it.
      case .busy: onThePhone && callActivity ? nil : .busy
      case .doNotDisturb: .doNotDisturb
      case .away: [.beRightBack, .lunch, .meal].contains(presence.activity) ? .beRightBack : .away
      case .available, .offline, .unknown: nil
      }
    var session: Session? = onThePhone ? .inCall : nil
    if states == .session {
      // One session must do: what Teams itself would show of several.
      session =
        switch (state, onThePhone) {
        case (.doNotDisturb, _): .presenting
        case (_, true), (.busy, _): .inCall
        case (.away, _), (.beRightBack, _): .away
        case (nil, _): nil
        }
      state = nil
    }
    preferred = state
    self.session = session
  }

  /// The canonical presence of this state; `.available` when nothing is held.
  var held: Presence {
    var presence =
      switch preferred {
      case .busy: Presence(.busy)
      case .doNotDisturb: Presence(.doNotDisturb)
      case .beRightBack: Presence(.away, .beRightBack)
      case .away: Presence(.away)
      case nil: Presence(.available)
      }
    switch session {
    case .inCall: presence.call = .connected
    case .presenting: presence.availability = .doNotDisturb
    case .away: presence.availability = .away
    case nil: break
    }
    return presence
  }

  /// What Teams reports because of us: the preferred pair, or the session while the other is not there yet.
  var echoes: [Presence] { [preferred?.reported, session?.reported].compactMap { $0 } }

  var isEmpty: Bool { preferred == nil && session == nil }
}
