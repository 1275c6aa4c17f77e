// The two words by which Microsoft 365 shows a person, and which pairs the writing calls accept.

/// Availability and activity in the service's spelling, such as `Busy` and `InACall`.
public struct PresencePair: Sendable, Hashable, CustomStringConvertible {
  public let availability: String
  public let activity: String

  public init(_ availability: String, _ activity: String) {
    self.availability = availability
    self.activity = activity
  }

  /// `Busy/InACall`.
  public var description: String { "\(availability)/\(activity)" }

  public static let offline = PresencePair("Offline", "Offline")
  static let available = PresencePair("Available", "Available")
  static let inactive = PresencePair("Available", "AvailableInactive")
  static let away = PresencePair("Away", "Away")

  /// What `setPresence` accepts (presence-setpresence, 2026-03-21).
  static let session: Set<PresencePair> = [
    .available, .away, .init("Busy", "InACall"), .init("Busy", "InAConferenceCall"),
    .init("DoNotDisturb", "Presenting"),
  ]
  /// What `setUserPreferredPresence` accepts.
  static let preferred: Set<PresencePair> = [
    .available, .away, .init("Busy", "Busy"), .init("DoNotDisturb", "DoNotDisturb"),
    .init("BeRightBack", "BeRightBack"), .init("Offline", "OffWork"),
  ]

  /// Sessions are combined by DoNotDisturb > Busy > Available > Away. Within one availability the
  /// documentation is silent: the more telling activity is taken, which does not depend on the order of
  /// events.
  var rank: Int {
    let strength =
      switch availability {
      case "DoNotDisturb": 3
      case "Busy", "BusyIdle": 2
      case "Available", "AvailableIdle": 1
      default: 0
      }
    let telling =
      switch activity {
      case "Presenting": 9
      case "InAConferenceCall": 8
      case "InACall": 7
      case "InAMeeting": 6
      case "UrgentInterruptionsOnly": 5
      case "Focusing": 4
      case "OutOfOffice": 3
      case "AvailableInactive": 0
      default: 2
      }
    return strength * 10 + telling
  }
}

/// What a person's Teams client shows by itself or by its calendar.
public enum TeamsClientState: String, Sendable, Hashable, CaseIterable {
  case available, availableIdle, away, beRightBack, busy, busyIdle, doNotDisturb, focusing, inACall
  case inAConferenceCall, inAMeeting, outOfOffice, presenting, urgentInterruptionsOnly
  /// The client is closed: it has no session.
  case offline

  /// Nil for a closed client.
  public var pair: PresencePair? {
    switch self {
    case .available: .available
    case .availableIdle: PresencePair("AvailableIdle", "Inactive")
    case .away: .away
    case .beRightBack: PresencePair("BeRightBack", "BeRightBack")
    case .busy: PresencePair("Busy", "Busy")
    case .busyIdle: PresencePair("BusyIdle", "Inactive")
    case .doNotDisturb: PresencePair("DoNotDisturb", "DoNotDisturb")
    case .focusing: PresencePair("DoNotDisturb", "Focusing")
    case .inACall: PresencePair("Busy", "InACall")
    case .inAConferenceCall: PresencePair("Busy", "InAConferenceCall")
    case .inAMeeting: PresencePair("Busy", "InAMeeting")
    case .outOfOffice: PresencePair("Available", "OutOfOffice")
    case .presenting: PresencePair("DoNotDisturb", "Presenting")
    case .urgentInterruptionsOnly: PresencePair("DoNotDisturb", "UrgentInterruptionsOnly")
    case .offline: nil
    }
  }
}
