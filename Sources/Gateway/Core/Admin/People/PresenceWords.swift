// A presence in a few words, for logs of what was decided and for tables.

import PluginAPI

enum PresenceWords {
  static func text(_ presence: Presence) -> String {
    let call: String? =
      switch presence.call {
      case .none: nil
      case .ringing: "ringing"
      case .connected: "in a call"
      case .onHold: "on hold"
      }
    // Somebody in a call is hardly what one calls available.
    let availability =
      presence.availability == .available && call != nil ? nil : presence.availability.rawValue
    let parts = [availability, presence.activity?.rawValue, call]
    return parts.compactMap { $0 }.map(spaced).joined(separator: ", ")
  }

  /// `doNotDisturb` as `do not disturb`.
  private static func spaced(_ word: String) -> String {
    word.reduce(into: "") { text, letter in
      text += letter.isUppercase ? " \(letter.lowercased())" : String(letter)
    }
  }

  static func milliseconds(_ duration: Duration) -> String {
    let value = Double(duration.nanoseconds) / 1e6
    return value < 10 ? "\((value * 10).rounded() / 10) ms" : "\(Int(value.rounded())) ms"
  }
}
