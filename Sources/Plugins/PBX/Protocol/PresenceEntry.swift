// What one source says about a user: the unit in which the PBX keeps presence.

/// One source's entry in a user's presence list; the newest comes first.
struct PresenceEntry: Sendable, Decodable, Hashable {
  /// The source, such as `tel:`, `im:` or `calendar:`.
  let contact: String
  let activity: String
  let note: String

  init(contact: String, activity: String = "", note: String = "") {
    self.contact = contact
    self.activity = activity
    self.note = note
  }

  private enum Key: String, CodingKey { case contact, activity, note }

  /// Never throws: an entry that is no object reads as an empty one.
  init(from decoder: any Decoder) {
    let members = try? decoder.container(keyedBy: Key.self)
    contact = members?.text(.contact) ?? ""
    activity = members?.text(.activity) ?? ""
    note = members?.text(.note) ?? ""
  }
}
