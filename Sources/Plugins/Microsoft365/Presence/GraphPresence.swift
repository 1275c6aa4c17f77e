// Graph's presence in the gateway's words. Never fails: an unknown word is kept and told, an odd member left out.

import FoundationEssentials
import PluginAPI

/// Source: https://learn.microsoft.com/en-us/graph/api/resources/presence
struct GraphPresence: Decodable, Sendable, Hashable {
  var id: String?
  var availability: String?
  var activity: String?
  /// Sortable as text; grows with each change of the person. Not in notifications.
  var sequence: String?
  /// Nil in notifications, which say nothing about notes.
  var notes: PresenceNotes?

  private struct OutOfOffice: Decodable {
    var message: String?
    var isOutOfOffice: Bool?
  }
  private struct Status: Decodable {
    struct Message: Decodable { var content: String? }
    struct Zoned: Decodable {
      var dateTime: String?
      var timeZone: String?
    }
    var message: Message?
    /// Only delivered for the signed-in account itself, as documented.
    var expiryDateTime: Zoned?
  }
  private enum Keys: String, CodingKey {
    case id, availability, activity, sequenceNumber, outOfOfficeSettings, statusMessage
  }

  init(id: String? = nil, availability: String?, activity: String?) {
    self.id = id
    self.availability = availability
    self.activity = activity
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Keys.self)
    id = try? members.decodeIfPresent(String.self, forKey: .id)
    availability = try? members.decodeIfPresent(String.self, forKey: .availability)
    activity = try? members.decodeIfPresent(String.self, forKey: .activity)
    sequence = try? members.decodeIfPresent(String.self, forKey: .sequenceNumber)
    guard members.contains(.outOfOfficeSettings) || members.contains(.statusMessage) else { return }
    let settings = (try? members.decodeIfPresent(OutOfOffice.self, forKey: .outOfOfficeSettings)) ?? nil
    let status = (try? members.decodeIfPresent(Status.self, forKey: .statusMessage)) ?? nil
    let end = status?.expiryDateTime.flatMap { $0.timeZone == "UTC" ? $0.dateTime.flatMap(graphDate) : nil }
    notes = PresenceNotes(
      status: PresenceNotes.text(status?.message?.content).map { Note($0, expires: end) },
      isOutOfOffice: settings?.isOutOfOffice ?? false, reply: PresenceNotes.text(settings?.message))
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
