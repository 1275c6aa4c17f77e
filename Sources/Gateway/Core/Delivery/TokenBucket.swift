// A rate limit as a value: at most `requests` in each `interval`, however long it was idle before.

import PluginAPI

struct TokenBucket: Sendable {
  private let capacity: Double
  private let perNanosecond: Double
  private var tokens: Double
  private var updated: Moment

  /// Half of the allowance may be spent at once, the other half is paid out evenly: so that no window of one
  /// interval ever sees more than `requests`.
  init(_ rate: Limits.Rate, now: Moment) {
    let requests = Double(max(1, rate.requests))
    capacity = max(1, (requests / 2).rounded(.down))
    let steady = max(requests - capacity, 0.5)
    perNanosecond = steady / Double(max(1, rate.interval.nanoseconds))
    tokens = capacity
    updated = now
  }

  /// In place of an earlier bucket, or of none: nothing that was used up comes back.
  init(_ rate: Limits.Rate, after earlier: TokenBucket?, now: Moment) {
    self.init(rate, now: now)
    guard var earlier else {
      tokens = 0
      return
    }
    earlier.refill(now: now)
    tokens = min(capacity, earlier.tokens)
  }

  /// Takes one token, or says when there will be one.
  mutating func take(now: Moment) -> Moment? {
    refill(now: now)
    if tokens >= 1 - 1e-9 {
      tokens -= 1
      return nil
    }
    return now + .nanoseconds(Int64(((1 - tokens) / perNanosecond).rounded(.up)))
  }

  private mutating func refill(now: Moment) {
    tokens = min(capacity, tokens + Double((now - updated).nanoseconds) * perNanosecond)
    updated = max(updated, now)
  }
}
