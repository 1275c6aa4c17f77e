// How many requests one application may make: Microsoft counts them all together, whatever they are for. Pure.

import PluginAPI

/// A token bucket that stands still after a 429, goes on at half the rate and climbs back to the whole.
/// Source: https://learn.microsoft.com/en-us/graph/throttling-limits, and the 1,500 in 30 s of the presence pages.
struct RequestBudget: Sendable {
  /// Of the rate, however often Microsoft complains.
  static let leastShare = 1.0 / 16
  /// Of the rate, regained in each interval without a complaint: from half to whole in five.
  static let climb = 0.1
  /// A pause when Microsoft does not say how long, doubled with each complaint in a row.
  static let firstPause = Duration.seconds(1)
  static let longestPause = Duration.seconds(64)

  private let rate: Limits.Rate
  private var tokens: Double
  private var updated: Moment
  private var pausedUntil: Moment?
  /// The share with which it went on at `resumed`.
  private var base = 1.0
  private var resumed: Moment
  private var complaints = 0

  init(_ rate: Limits.Rate, now: Moment) {
    self.rate = rate
    tokens = Self.capacity(rate)
    updated = now
    resumed = now
  }

  /// Half may be spent at once, the other half is paid out evenly, so that no window of one interval sees more.
  private static func capacity(_ rate: Limits.Rate) -> Double {
    max(1, (Double(rate.requests) / 2).rounded(.down))
  }

  /// Takes one request, or says when to ask again.
  mutating func take(now: Moment) -> Moment? {
    if let pausedUntil {
      if now < pausedUntil { return pausedUntil }
      self.pausedUntil = nil
      updated = pausedUntil
    }
    let share = share(now: now)
    let perSecond =
      max(Double(rate.requests) - Self.capacity(rate), 0.5) / rate.interval.inSeconds * share
    let earned = max(0, (now - updated).inSeconds) * perSecond
    tokens = min(max(1, Self.capacity(rate) * share), tokens + earned)
    updated = max(updated, now)
    if tokens >= 1 - 1e-9 {
      tokens -= 1
      return nil
    }
    return now + .seconds((1 - tokens) / perSecond) + .nanoseconds(1)
  }

  /// Microsoft refused a request that was sent at `sent`, and asks for a pause. Returns when it ends, nil when it
  /// was known already.
  mutating func throttled(sent: Moment, retryAfter: Duration?, now: Moment) -> Moment? {
    // Those under way when the pause began say nothing new, but may ask for more of it.
    let isNew = sent >= resumed && pausedUntil == nil
    if isNew { complaints += 1 }
    let doubled = Self.firstPause * (1 << min(max(complaints - 1, 0), 6))
    let until = now + max(retryAfter ?? min(doubled, Self.longestPause), .milliseconds(100))
    if !isNew {
      guard let known = pausedUntil, let retryAfter, now + retryAfter > known else { return nil }
      pausedUntil = until
      resumed = until
      return until
    }
    base = max(share(now: now) / 2, Self.leastShare)
    pausedUntil = until
    resumed = until
    tokens = 0
    return until
  }

  /// A request that was sent at `sent` was not refused.
  mutating func served(sent: Moment) {
    if pausedUntil == nil, sent >= resumed { complaints = 0 }
  }

  /// Of the whole rate: 1 unless Microsoft has complained lately.
  func share(now: Moment) -> Double {
    guard base < 1 else { return 1 }
    return min(1, base + max(0, (now - resumed).inSeconds) / rate.interval.inSeconds * Self.climb)
  }
}
