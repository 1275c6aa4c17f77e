// The PBX's activity words (RFC 4480, and innovaphone's `dnd`) in the gateway's terms.

import PluginAPI

enum ActivityWords {
  /// What a word in a presence list means. A word nobody foresaw keeps itself, with unknown availability.
  static func presence(for word: String) -> Presence {
    let word = word.lowercased()
    switch word {
    case "", "online", "available": return .available
    case "away": return Presence(.away)
    case "busy": return Presence(.busy)
    case "dnd": return Presence(.doNotDisturb)
    case "meeting": return Presence(.busy, .inMeeting)
    case "appointment": return Presence(.busy, .appointment)
    case "presentation": return Presence(.doNotDisturb, .presenting)
    case "lunch": return Presence(.away, .lunch)
    case "breakfast", "dinner", "meal": return Presence(.away, .meal)
    case "vacation": return Presence(.away, .vacation)
    case "holiday": return Presence(.away, .holiday)
    case "travel", "in-transit": return Presence(.away, .travel)
    case "permanent-absence": return Presence(.away, Activity(rawValue: word))
    default: return Presence(.unknown, Activity(rawValue: word))
    }
  }

  /// The word for SetPresence that shows a held presence without its call; "" takes our entry back.
  static func word(for held: Presence) -> String {
    switch held.activity {
    case .inMeeting?: return "meeting"
    case .appointment?: return "appointment"
    case .lunch?: return "lunch"
    case .meal?: return "meal"
    case .vacation?: return "vacation"
    case .holiday?: return "holiday"
    case .travel?: return "travel"
    default: break
    }
    switch held.availability {
    case .busy: return "busy"
    case .doNotDisturb: return "dnd"
    case .away: return "away"
    case .available, .offline, .unknown: return ""
    }
  }
}
