// A presence list says several things at once: this picks the one that counts, without our own part in it.

import FoundationEssentials
import PluginAPI

/// What a user's presence list says when our own contact is left out.
struct PresenceReading: Sendable, Hashable {
  /// Whether any entry says so; in which one the PBX puts it is not documented, so all are looked at.
  let onThePhone: Bool
  /// Availability, activity and note of the newest entry that has something to say; never a call.
  let state: Presence
  /// The activity word behind `state`, for the log of unknown words.
  let word: String

  /// `entries` newest first, as the PBX sends them; nil when no contact is ours alone.
  init(_ entries: [PresenceEntry], leavingOut ownContact: String?) {
    let ownContact = ownContact?.lowercased()
    let entries = entries.filter { $0.contact.lowercased() != ownContact }
    onThePhone = entries.contains { Self.isCall($0) }
    let manual = entries.filter { !Self.isCall($0) }
    let telling = manual.first { !$0.activity.isEmpty } ?? manual.first { NoteText.note($0.note) != nil }
    word = telling?.activity ?? ""
    var state = ActivityWords.presence(for: word)
    state.note = telling.flatMap { NoteText.note($0.note) }
    self.state = state
  }

  /// The user's presence; a call that is explained by our own alien call does not count. `line` is what RCC knows:
  /// it says more than the list, which is believed where RCC knows of no talk.
  func presence(callIsOurs: Bool, line: CallState = .none) -> Presence {
    var presence = state
    presence.call = onThePhone && !callIsOurs && line != .onHold ? .connected : line
    return presence
  }

  static func isCall(_ entry: PresenceEntry) -> Bool { entry.activity.lowercased() == "on-the-phone" }
}

/// Notes carry parameters of the calendar as hash tags, such as `#until:1524733200000` (milliseconds).
enum NoteText {
  /// The text without its tags, or nil when nothing is left. `Room #5` stays: a tag begins with a letter.
  static func note(_ text: String) -> Note? {
    var words: [Substring] = []
    var expires: Date?
    for word in text.split(separator: " ") {
      guard word.first == "#", word.dropFirst().first?.isLetter == true else {
        words.append(word)
        continue
      }
      if word.hasPrefix("#until:"), let milliseconds = Int64(word.dropFirst(7)) {
        expires = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
      }
    }
    return words.isEmpty ? nil : Note(words.joined(separator: " "), expires: expires)
  }
}
