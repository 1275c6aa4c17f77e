// What a person wrote beside their state: the status message, and the out-of-office reply. Only polls carry them.

import FoundationEssentials
import PluginAPI

struct PresenceNotes: Sendable, Hashable {
  /// Of one note, so that nobody fills the other system's line.
  static let maxLength = 400
  /// Teams puts this behind a message that is to be shown to whoever writes (seen in the field, not documented).
  private static let pin = "<pinnednote></pinnednote>"

  var status: Note?
  var isOutOfOffice = false
  /// The reply; Graph does not say when it ends.
  var reply: String?

  /// The one note of a presence: what the person wrote for others to see, else the reply.
  func note(at date: Date) -> Note? {
    if let status, status.expires.map({ $0 > date }) ?? true { return status }
    return isOutOfOffice ? reply.map { Note($0) } : nil
  }

  /// Whether the person is out of office shows where their state says nothing of its own: a state that we may have
  /// set ourselves must stay recognisable as ours.
  func applied(to presence: Presence, at date: Date) -> Presence {
    var result = presence
    result.note = note(at: date)
    let saysNothing = [.available, .offline, .unknown].contains(presence.availability)
    if isOutOfOffice, presence.activity == nil, presence.call == .none, saysNothing {
      result.activity = .outOfOffice
    }
    return result
  }

  /// Nil for an empty text.
  static func text(_ content: String?) -> String? {
    guard var text = content?.trimmed else { return nil }
    if text.hasSuffix(pin) { text = text.dropLast(pin.count).trimmed }
    return text.isEmpty ? nil : String(text.prefix(maxLength))
  }
}
