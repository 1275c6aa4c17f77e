// The canonical presence of one person: independent facets, because the systems have independent facets.

import FoundationEssentials

/// What a system says about a person, in the gateway's words.
///
/// The facets are independent: a person can be *do not disturb* and *on the phone* at once.
/// A value nobody foresaw is never an error: availability becomes `.unknown`, activity keeps the foreign word.
public struct Presence: Sendable, Hashable, Codable {
  // The order, and the note in a box, make it half as large: the gateway keeps several for each person.
  /// Why (RFC 4480 "RPID" activities where one fits), or nil when nothing is said.
  public var activity: Activity?
  private var box: NoteBox?
  /// Whether the person can be reached.
  public var availability: Availability
  /// Whether the person is in a call.
  public var call: CallState
  /// A text the person or a calendar wrote.
  public var note: Note? {
    get { box?.note }
    set { box = newValue.map(NoteBox.holding) }
  }

  public init(
    _ availability: Availability, _ activity: Activity? = nil, call: CallState = .none, note: Note? = nil
  ) {
    self.availability = availability
    self.activity = activity
    self.call = call
    box = note.map(NoteBox.holding)
  }

  private enum CodingKeys: String, CodingKey {
    case availability, activity, call
    case box = "note"
  }

  /// Reachable, with nothing to add: what a person shows when no source says anything else.
  public static let available = Presence(.available)
}

public enum Availability: String, Sendable, Hashable, Codable, CaseIterable {
  case available, busy, doNotDisturb, away, offline, unknown
}

public enum CallState: String, Sendable, Hashable, Codable, CaseIterable {
  case none, ringing, connected, onHold
}

/// Why a person is as available as they are. Open: a foreign word is kept as it came.
public struct Activity: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { rawValue = value }

  public static let inCall: Activity = "inCall"
  public static let inConferenceCall: Activity = "inConferenceCall"
  public static let inMeeting: Activity = "inMeeting"
  public static let presenting: Activity = "presenting"
  public static let focusing: Activity = "focusing"
  public static let urgentOnly: Activity = "urgentOnly"
  public static let beRightBack: Activity = "beRightBack"
  public static let outOfOffice: Activity = "outOfOffice"
  public static let offWork: Activity = "offWork"
  public static let inactive: Activity = "inactive"
  public static let appointment: Activity = "appointment"
  public static let lunch: Activity = "lunch"
  public static let meal: Activity = "meal"
  public static let vacation: Activity = "vacation"
  public static let holiday: Activity = "holiday"
  public static let travel: Activity = "travel"

  /// The activities with a name of their own; any other word is allowed too.
  public static let wellKnown: [Activity] = [
    .inCall, .inConferenceCall, .inMeeting, .presenting, .focusing, .urgentOnly, .beRightBack, .outOfOffice,
    .offWork, .inactive, .appointment, .lunch, .meal, .vacation, .holiday, .travel,
  ]
}

/// Few presences carry a note: the others spend a pointer on it.
private indirect enum NoteBox: Sendable, Hashable, Codable {
  case holding(Note)

  var note: Note {
    switch self {
    case .holding(let note): note
    }
  }
  init(from decoder: any Decoder) throws { self = .holding(try Note(from: decoder)) }
  func encode(to encoder: any Encoder) throws { try note.encode(to: encoder) }
}

public struct Note: Sendable, Hashable, Codable {
  public var text: String
  /// When the note stops being true, or nil when nothing is said.
  public var expires: Date?
  public init(_ text: String, expires: Date? = nil) {
    self.text = text
    self.expires = expires
  }
}
