// A state that a person chose by hand in Teams. Teams never says so: it is inferred from what others see. Pure.

/// The pairs that hardly anything but a person's own choice produces. *Away* is not one: an idle client shows it too.
enum ManualState: String, Sendable, CaseIterable {
  case busy = "Busy"
  case doNotDisturb = "DoNotDisturb"
  case beRightBack = "BeRightBack"
  /// *Appear offline*.
  case offWork = "OffWork"

  init?(availability: String?, activity: String?) {
    func same(_ text: String?, _ word: String) -> Bool { text?.lowercased() == word.lowercased() }
    let found = Self.allCases.first {
      same(availability, $0.words.availability) && same(activity, $0.words.activity)
    }
    guard let found else { return nil }
    self = found
  }

  /// As `setUserPreferredPresence` takes them.
  var words: (availability: String, activity: String) {
    switch self {
    case .offWork: ("Offline", "OffWork")
    default: (rawValue, rawValue)
    }
  }

  /// Microsoft's own for a choice by hand; how much of it was left is not known.
  var life: Duration {
    switch self {
    case .busy, .doNotDisturb: .seconds(24 * 3600)
    case .beRightBack, .offWork: .seconds(7 * 24 * 3600)
    }
  }
}
