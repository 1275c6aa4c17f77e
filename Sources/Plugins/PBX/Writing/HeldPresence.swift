// What the PBX would show for a presence: the table of innovaphone's own "Connector for Microsoft 365".

import PluginAPI

/// How a presentation is shown; the vendor's connector shows it as a call.
enum PresentingForm: String, Sendable, CaseIterable {
  case onThePhone = "on-the-phone"
  case dnd
  case busy
}

enum HeldPresence {
  /// Pure and idempotent. Nothing held is `.available`.
  static func of(_ presence: Presence, presentingAs form: PresentingForm) -> Presence {
    var held = state(presence, form)
    if presence.call == .connected || presence.call == .onHold || isCall(presence.activity, form) {
      held.call = .connected
    }
    // Busy only because of the call: the call says it better, and ends by itself.
    if held.call == .connected, held == Presence(.busy, call: .connected) { held.availability = .available }
    return held
  }

  private static func isCall(_ activity: Activity?, _ form: PresentingForm) -> Bool {
    switch activity {
    case .inCall?, .inConferenceCall?: true
    case .presenting?: form == .onThePhone
    default: false
    }
  }

  /// The part that SetPresence shows. The activity decides where it says more than the availability.
  private static func state(_ presence: Presence, _ form: PresentingForm) -> Presence {
    switch presence.activity {
    case .inCall?, .inConferenceCall?:
      return presence.availability == .doNotDisturb ? Presence(.doNotDisturb) : .available
    case .presenting?:
      switch form {
      case .onThePhone: return .available
      case .dnd: return Presence(.doNotDisturb)
      case .busy: return Presence(.busy)
      }
    case .outOfOffice?, .beRightBack?: return Presence(.away)
    case .offWork?, .inactive?: return .available
    case .urgentOnly?, .focusing?: return Presence(.doNotDisturb)
    case .inMeeting?: return Presence(.busy, .inMeeting)
    case .appointment?: return Presence(.busy, .appointment)
    case .lunch?, .meal?, .vacation?, .holiday?, .travel?: return Presence(.away, presence.activity)
    default: break
    }
    switch presence.availability {
    case .away, .busy, .doNotDisturb: return Presence(presence.availability)
    case .available, .offline, .unknown: return .available
    }
  }
}
