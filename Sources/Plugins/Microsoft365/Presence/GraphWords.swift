// The words of Graph's `availability` and `activity`, and what each says in the gateway's terms.

import PluginAPI

/// One word's meaning. Source: https://learn.microsoft.com/en-us/graph/api/resources/presence and its 2021 edition;
/// documentation and wire disagree about which word stands in which field, so each is understood in both.
struct GraphWord: Sendable, Hashable {
  /// What the word says, or implies, about availability.
  let availability: Availability
  let activity: Activity?
  let call: CallState
  /// An availability of its own, not only implied by an activity.
  let isAvailability: Bool

  private init(_ availability: Availability, _ activity: Activity?, call: CallState = .none, own: Bool) {
    self.availability = availability
    self.activity = activity
    self.call = call
    isAvailability = own
  }

  /// By lower-case word.
  static let table: [String: GraphWord] = [
    "available": .init(.available, nil, own: true),
    "availableidle": .init(.available, .inactive, own: true),
    "away": .init(.away, nil, own: true),
    "berightback": .init(.away, .beRightBack, own: true),
    "busy": .init(.busy, nil, own: true),
    "busyidle": .init(.busy, .inactive, own: true),
    "donotdisturb": .init(.doNotDisturb, nil, own: true),
    "offline": .init(.offline, nil, own: true),
    "presenceunknown": .init(.unknown, nil, own: true),
    "inacall": .init(.busy, .inCall, call: .connected, own: false),
    "inaconferencecall": .init(.busy, .inConferenceCall, call: .connected, own: false),
    "inactive": .init(.available, .inactive, own: false),
    "availableinactive": .init(.available, .inactive, own: false),
    "inameeting": .init(.busy, .inMeeting, own: false),
    "offwork": .init(.offline, .offWork, own: false),
    "outofoffice": .init(.away, .outOfOffice, own: false),
    "presenting": .init(.doNotDisturb, .presenting, own: false),
    "focusing": .init(.doNotDisturb, .focusing, own: false),
    "urgentinterruptionsonly": .init(.doNotDisturb, .urgentOnly, own: false),
  ]
}
