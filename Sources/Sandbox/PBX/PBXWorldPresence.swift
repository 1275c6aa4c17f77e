// How the PBX keeps presence: a list of sources, the newest in front, with on-the-phone added while a call
// lasts.

extension PBXWorld {
  static let maxContacts = 16
  static let maxNoteBytes = 4_096
  /// Contacts that the PBX itself keeps.
  private static let permanent: Set<String> = ["tel:", "im:"]

  /// Replaces the entry of `contact` and moves it to the front; false when the user already has too many
  /// contacts.
  public mutating func setPresence(guid: String, contact: String, activity: String, note: String = "") -> Bool
  {
    guard var user = users[guid] else { return false }
    let index = user.presence.firstIndex { $0.contact == contact }
    guard index != nil || user.presence.count < Self.maxContacts else { return false }
    var entry = index.map { user.presence.remove(at: $0) } ?? PBXPresenceEntry(contact: contact)
    entry.activity = activity
    entry.note = note
    let isGone =
      !variant.listsEmptyEntries && activity.isEmpty && note.isEmpty && !Self.permanent.contains(contact)
    if !isGone { user.presence.insert(entry, at: 0) }
    users[guid] = user
    return true
  }

  /// What a PresenceUpdate lists: newest first, on-the-phone where the variant says.
  public func presence(guid: String) -> [PBXPresenceEntry] {
    guard let user = users[guid] else { return [] }
    guard user.onThePhone else { return user.presence }
    var list = user.presence
    switch variant.onThePhone {
    case .ownEntry(let contact, let isFirst):
      list.insert(
        PBXPresenceEntry(contact: contact, activity: Self.onThePhoneActivity), at: isFirst ? 0 : list.count)
    case .telEntry:
      let index = list.firstIndex { $0.contact == "tel:" }
      if let index, list[index].activity.isEmpty {
        list[index].activity = Self.onThePhoneActivity
      } else {
        list.insert(PBXPresenceEntry(contact: "tel:", activity: Self.onThePhoneActivity), at: index ?? 0)
      }
    }
    return list
  }

  static let onThePhoneActivity = "on-the-phone"

  /// What somebody looking at the PBX sees: on-the-phone wherever it stands, else the newest activity, as
  /// `tel: lunch`; `available` when no source says anything.
  public func visibleState(guid: String) -> String {
    let list = presence(guid: guid)
    let shown = list.first { $0.activity == Self.onThePhoneActivity } ?? list.first { !$0.activity.isEmpty }
    return shown.map { "\($0.contact) \($0.activity)" } ?? "available"
  }
}
