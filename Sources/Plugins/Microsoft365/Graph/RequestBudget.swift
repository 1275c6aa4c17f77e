// How many requests one application may make: Microsoft counts them all together, whatever they are for. Pure.

import PluginAPI

/// A token bucket that stands still after a 429, goes on at half the rate and climbs back to the whole. Meanwhile what
/// takes something back has a reserve, so that little stays behind in Teams when the gateway stops just then.
/// Source: https://learn.microsoft.com/en-us/graph/throttling-limits, and the 1,500 in 30 s of the presence pages.
struct RequestBudget: Sendable {
  /// Of the rate, however often Microsoft complains.
  static let leastShare = 1.0 / 16
  /// Of the rate, reached again within one interval without a complaint.
  static let sureShare = 0.5
  /// Of the rate, regained in each interval after that: from half to whole in two.
  static let climb = 0.25
  /// Of the rate, as long as the others have to do with the rest or less.
  static let reservedShare = 0.2
  /// A pause when Microsoft does not say how long, doubled with each complaint in a row.
  static let firstPause = Duration.seconds(1)
  static let longestPause = Duration.seconds(64)

  private let rate: Limits.Rate
  private var allowance: Allowance
  private var reserve: Allowance
  private var pausedUntil: Moment?
  /// The share with which it went on at `resumed`.
  private var base = 1.0
  private var resumed: Moment
  /// Since something was served.
  private var complaints = 0

  init(_ rate: Limits.Rate, now: Moment) {
    self.rate = rate
    // Half may be spent at once, the other half is paid out evenly, so that no window of one interval sees more.
    saved = max(1, (Double(rate.requests) / 2).rounded(.down))
    reserved = (Double(rate.requests) * Self.reservedShare / 2).rounded(.down)
    allowance = Allowance(saved: saved, now: now)
    reserve = Allowance(saved: reserved, now: now)
    resumed = now
  }
  /// How much may be spent at once.
  private let saved: Double
  private let reserved: Double

  /// Takes one request, or says when to ask again. `takesBack`: it may come from the reserve.
  mutating func take(takesBack: Bool = false, now: Moment) -> Moment? {
    if let pausedUntil {
      if now < pausedUntil { return pausedUntil }
      self.pausedUntil = nil
    }
    let share = share(now: now)
    let perSecond = max(Double(rate.requests) - saved, 0.5) / rate.interval.inSeconds
    guard
      let ready = allowance.take(
        limit: max(1, saved * share), perSecond: perSecond * share, since: resumed, now: now)
    else { return nil }
    guard takesBack, reserved >= 1, share <= 1 - Self.reservedShare else { return ready }
    let soon = reserve.take(
      limit: reserved, perSecond: reserved / rate.interval.inSeconds, since: nil, now: now)
    return soon.map { min($0, ready) }
  }

  /// Microsoft refused a request that was sent at `sent`, and asks for a pause. Returns when it ends, nil when it
  /// was known already.
  mutating func throttled(sent: Moment, retryAfter: Duration?, now: Moment) -> Moment? {
    // Those under way when the pause began say nothing new, but may ask for more of it.
    guard sent >= resumed && pausedUntil == nil else {
      guard let known = pausedUntil, let retryAfter, now + retryAfter > known else { return nil }
      return pause(until: now + retryAfter)
    }
    // Before anything was served a further complaint says when to come back, and nothing about the pace.
    base = complaints == 0 ? max(share(now: now) / 2, Self.leastShare) : base
    let doubled = Self.firstPause * (1 << min(complaints, 6))
    complaints += 1
    allowance.spendAll()
    return pause(until: now + max(retryAfter ?? min(doubled, Self.longestPause), .milliseconds(100)))
  }

  private mutating func pause(until end: Moment) -> Moment {
    pausedUntil = end
    resumed = end
    return end
  }

  /// A request that was sent at `sent` was not refused.
  mutating func served(sent: Moment) {
    if pausedUntil == nil, sent >= resumed { complaints = 0 }
  }

  /// Of the whole rate: 1 unless Microsoft has complained lately.
  func share(now: Moment) -> Double {
    guard base < 1 else { return 1 }
    let passed = max(0, (now - resumed).inSeconds) / rate.interval.inSeconds
    guard base < Self.sureShare else { return min(1, base + passed * Self.climb) }
    guard passed > 1 else { return base + passed * (Self.sureShare - base) }
    return min(1, Self.sureShare + (passed - 1) * Self.climb)
  }
}
