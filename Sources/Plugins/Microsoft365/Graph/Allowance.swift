// Requests that may be made, earned at a pace and saved up to a limit, both of which may change. Pure.

import PluginAPI

struct Allowance: Sendable {
  private var saved: Double
  private var updated: Moment

  init(saved: Double, now: Moment) {
    self.saved = saved
    updated = now
  }

  /// Takes one, or says when there will be one; nothing was earned before `begin`. `perSecond` is positive.
  mutating func take(limit: Double, perSecond: Double, since begin: Moment?, now: Moment) -> Moment? {
    let earned = max(0, (now - max(updated, begin ?? updated)).inSeconds) * perSecond
    saved = min(limit, saved + earned)
    updated = max(updated, now)
    if saved >= 1 - 1e-9 {
      saved -= 1
      return nil
    }
    return now + .seconds((1 - saved) / perSecond) + .nanoseconds(1)
  }

  mutating func spendAll() { saved = 0 }
}
