// Whether Graph takes the tokens of one sign-in: one that it took before and refuses now was revoked, and is replaced
// at once; when it refuses the replacement too, the sign-in rests and somebody has to look. Pure.

import PluginAPI

struct TokenTrial: Sendable {
  enum Verdict: Sendable, Hashable {
    /// Another token, and one more try.
    case replace
    /// Replaced too often lately, or other calls are served: not a matter of the token alone.
    case wait(Duration)
    /// A fresh token is refused.
    case rest(Duration)
  }
  private enum Standing { case untried, replacement, taken, refused }

  /// So many replacements in so long: Microsoft takes more for a loop (AADSTS50196).
  static let mostReplacements = 3
  static let replacementWindow = Duration.seconds(180)
  /// Between two tries with a fresh token while Graph takes none.
  static let firstRest = Duration.seconds(60)
  static let longestRest = Duration.seconds(300)
  /// While any call was taken so lately, one that is refused does not stop the others.
  static let patience = Duration.seconds(60)

  private var standing = Standing.untried
  private var takenAt: Moment?
  private var replacements: [Moment] = []
  /// Whether Graph took no token since it refused a fresh one.
  private(set) var isOpen = false
  /// In a row.
  private var rests = 0

  /// Whether the present token was refused, so that only another is of use.
  var isRefused: Bool { standing == .refused }

  /// Another token is there.
  mutating func begin() {
    standing = standing == .refused || standing == .replacement ? .replacement : .untried
  }

  /// Graph took the present token.
  mutating func take(now: Moment) {
    standing = .taken
    takenAt = now
    isOpen = false
    rests = 0
  }

  /// The try after the present rest was somebody's wish: what follows is no longer for it.
  mutating func excuse() { rests = max(0, rests - 1) }

  /// Graph refused the present token.
  mutating func refuse(now: Moment) -> Verdict {
    switch standing {
    case .refused: return .replace
    case .replacement:
      if let takenAt, now - takenAt < Self.patience { return .wait(takenAt + Self.patience - now) }
      standing = .refused
      isOpen = true
      defer { rests += 1 }
      return .rest(min(Self.firstRest * (1 << min(rests, 8)), Self.longestRest))
    case .untried, .taken:
      replacements.removeAll { now - $0 >= Self.replacementWindow }
      guard replacements.count < Self.mostReplacements else {
        return .wait(replacements[0] + Self.replacementWindow - now)
      }
      replacements.append(now)
      standing = .refused
      return .replace
    }
  }
}
