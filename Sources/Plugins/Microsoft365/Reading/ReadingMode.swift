// The check "reading": whether Teams is pushed or polled, and why.

import PluginAPI

struct ReadingMode: Sendable {
  static let checkName = "reading"
  let options: ReadOptions

  /// `accounts` is how many there are now.
  func check(accounts: Int) -> Check {
    let every = options.pollInterval.configText
    let detail =
      if !options.pushes {
        "everybody is polled every \(every): \(options.modeReason)"
      } else if accounts == 0 {
        "everybody is polled every \(options.fallbackInterval.configText): there is no account to push to"
      } else {
        "pushed to \(accounts) \(accounts == 1 ? "account" : "accounts") (\(options.modeReason)), "
          + "and polled every \(every) for repair"
      }
    return Check(Self.checkName, .ok(detail: detail), required: false)
  }
}
