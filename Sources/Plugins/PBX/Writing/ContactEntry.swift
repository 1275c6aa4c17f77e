// What stands under one contact in a user's presence list: the unit of SetPresence.

struct ContactEntry: Sendable, Hashable, Codable {
  var activity = ""
  var note = ""
  /// Nothing said: how an entry is taken back.
  var isEmpty: Bool { activity.isEmpty && note.isEmpty }
}

/// What the PBX holds of ours under our contact.
enum WrittenEntry: Sendable, Hashable {
  case entry(ContactEntry)
  /// A write was never answered, or refused.
  case uncertain
}
