// What the PBX would show for a presence: the table of innovaphone's own "Connector for Microsoft 365".

import PluginAPI

/// How a presentation is shown; the vendor's connector shows it as a call.
enum PresentingForm: String, Sendable, CaseIterable {
  case onThePhone = "on-the-phone"
  case dnd
  case busy
}

/// When a note from elsewhere is shown in the PBX.
enum NoteForm: String, Sendable, CaseIterable {
  /// Beside a state only: an entry that says nothing but a note would hide what the user chose at the telephone.
  case withState = "with_state"
  case always, never
}

enum HeldPresence {
  /// (I) A limit of the PBX is not documented; a display shows less.
  static let maxNoteCharacters = 250

  /// Pure and idempotent. Nothing held is `.available`.
  static func of(
    _ presence: Presence, presentingAs form: PresentingForm, notes: NoteForm = .withState
  ) -> Presence {
    var held = stateAndCall(presence, form)
    if notes == .always || (notes == .withState && !ActivityWords.word(for: held).isEmpty) {
      held.note = presence.note.flatMap { line($0.text) }
    }
    return held
  }

  /// One line without the time it ends: the source takes it back.
  private static func line(_ text: String) -> Note? {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(maxNoteCharacters)
    return words.isEmpty ? nil : Note(words.last == " " ? String(words.dropLast()) : String(words))
  }

  private static func stateAndCall(_ presence: Presence, _ form: PresentingForm) -> Presence {
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
