// Graph's pair of words to a presence. Never fails: an unknown word is kept and told.

import PluginAPI

struct GraphPresence: Decodable, Sendable, Hashable {
  var id: String?
  var availability: String?
  var activity: String?

  init(id: String? = nil, availability: String?, activity: String?) {
    self.id = id
    self.availability = availability
    self.activity = activity
  }

  /// The pair in the gateway's words. An availability that Graph sends is believed; one that is missing or unknown
  /// follows from the activity.
  var presence: Presence {
    let first = Self.word(availability)
    let second = Self.word(activity)
    var result = Presence(.unknown)
    if let first, first.isAvailability {
      result.availability = first.availability
    } else if let second, second.isAvailability {
      result.availability = second.availability
    } else if let word = second ?? first {
      result.availability = word.availability
    }
    let inCall = [second, first].compactMap { $0 }.first { $0.call != .none }
    // The activity field speaks first; a bare availability word in it says nothing of its own.
    let activities = [second, first].compactMap { $0?.activity }
    result.activity = inCall?.activity ?? activities.first ?? unknownWords.last.map { Activity(rawValue: $0) }
    result.call = inCall?.call ?? .none
    return result
  }

  /// Words that the table does not have, at most 64 characters of each.
  var unknownWords: [String] {
    [availability, activity].compactMap { $0 }.filter { !$0.isEmpty && Self.word($0) == nil }
      .map { String($0.prefix(64)) }
  }

  private static func word(_ text: String?) -> GraphWord? {
    text.flatMap { GraphWord.table[$0.lowercased()] }
  }
}
