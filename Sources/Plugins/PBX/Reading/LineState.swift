// What RCC's numbers and events say about a telephone (innovaphone SDK, "RCC").

import PluginAPI

/// Where ringing, hold and calls are read from.
enum LineSource: String, Sendable, CaseIterable {
  /// `on-the-phone` in the presence list: calls only, and only where `otf` is granted.
  case presence
  /// RCC, where it is ticked; presence beside it.
  case rcc
}

/// One leg of a call at a user's telephone.
enum LineState: Sendable, Hashable {
  /// Not (or no longer) anybody's business: set-up has begun, or the call is being taken down.
  case quiet
  /// The user calls out, and nobody has answered yet.
  case dialling
  case ringing
  case connected
  case onHold

  /// - Parameter bits: the call's state in the lower four bits, 128: outgoing as the PBX sees it, so towards the
  ///   telephone; 256: hold, 512: held.
  init(bits: Int) {
    let towardsPhone = bits & 128 != 0
    switch bits & 15 {
    case 1, 2, 3: self = towardsPhone ? .quiet : .dialling
    case 4: self = towardsPhone ? .ringing : .dialling
    case 5: self = bits & (256 | 512) != 0 ? .onHold : .connected
    case 8: self = .onHold
    default: self = .quiet
    }
  }

  /// What an event makes of a call; nil when it changes nothing. `r-` comes from the telephone, `x-` goes to it.
  /// (I) How hold and retrieve are spelt in `msg` is not documented: any word with that beginning is taken.
  static func after(_ event: String) -> LineState? {
    let event = event.lowercased()
    guard event.hasPrefix("r-") || event.hasPrefix("x-") else { return nil }
    let word = event.dropFirst(2)
    switch word {
    case "setup": return event.hasPrefix("r") ? .dialling : .quiet
    case "alert": return event.hasPrefix("r") ? .ringing : .dialling
    case "conn": return .connected
    case "disc", "rel": return .quiet
    default: break
    }
    if word.hasPrefix("hold") { return .onHold }
    if word.hasPrefix("retr") { return .connected }
    return nil
  }

  /// `diallingCounts`: whether somebody who is calling out is on the phone already.
  func call(diallingCounts: Bool) -> CallState {
    switch self {
    case .quiet: .none
    case .dialling: diallingCounts ? .connected : .none
    case .ringing: .ringing
    case .connected: .connected
    case .onHold: .onHold
    }
  }
}
