// What one sink should show and what it last accepted. Newest wins, one in flight for each user, and the
// difference between the two is the work left to do: memory is bounded by people, never by traffic.

import DequeModule
import HeapModule
import PluginAPI

/// A pure state machine: every call takes `now`; `collect` hands out what to send.
struct Outbox: Sendable {
  var entries: [Entry] = []
  /// Each user is in here at most once.
  var changes: Deque<Int> = []
  var refreshes: Deque<Int> = []
  var timers = Heap<Timer>()
  var inFlight = 0
  var usersInFlight = 0
  var usersWaiting = 0
  var pausedUntil: Moment?
  var bucket: TokenBucket?
  var bucketReady: Moment?
  var backoff: Backoff
  private(set) var limits: Limits
  /// How long after a change the former value may still be reported back by the system.
  let linger: Duration
  /// At shutdown nothing new is wanted.
  private var isClosing = false

  init(limits: Limits, linger: Duration = .seconds(12), seed: UInt64, now: Moment) {
    self.limits = limits
    self.linger = linger
    bucket = limits.rate.map { TokenBucket($0, now: now) }
    backoff = Backoff(seed: seed)
  }

  /// Other limits from now on; the allowance that is spent stays spent.
  mutating func limit(to limits: Limits, now: Moment) {
    if limits.rate != self.limits.rate {
      bucket = limits.rate.map { TokenBucket($0, after: bucket, now: now) }
      bucketReady = nil
    }
    self.limits = limits
  }

  /// Users whose wanted and delivered values differ, in flight included.
  var depth: Int { changes.count + usersInFlight + usersWaiting }
  /// When the longest waiting change was received.
  func oldest() -> Moment? { entries.lazy.compactMap { $0.isSettled ? nil : $0.since }.min() }
  func isDecided(_ slot: Int) -> Bool { slot < entries.count && entries[slot].wanted != .undecided }

  // MARK: What should be shown

  /// From now on the sink should show `value` for the user (nil: nothing of ours).
  mutating func want(_ slot: Int, _ value: Presence?, since: Moment?, route: Int, now: Moment) {
    guard !isClosing else { return }
    grow(to: slot)
    if case .decided(let old) = entries[slot].wanted, old == value { return }
    entries[slot].wanted = .decided(value)
    entries[slot].since = since
    entries[slot].route = route
    if entries[slot].rejected != .decided(value) { entries[slot].rejected = .undecided }
    schedule(slot)
  }

  /// At shutdown: from now on everything should be cleared, whatever is wanted later.
  mutating func wantNothing(now: Moment) {
    for slot in entries.indices where entries[slot].delivered != nil || !entries[slot].isSettled {
      stopWaiting(slot)
      want(slot, nil, since: nil, route: entries[slot].route, now: now)
      schedule(slot)
    }
    isClosing = true
  }

  // MARK: What is known of the system

  /// Continues from the store: what the sink accepted in an earlier life.
  mutating func restore(_ slot: Int, _ remembered: Remembered, now: Moment) {
    grow(to: slot)
    switch remembered {
    case .held(let held, let lease):
      entries[slot].delivered = held
      arm(lease: lease, for: slot, from: now)
      entries[slot].leaseIsRemembered = lease != nil
    case .doubtful(let candidates):
      entries[slot].uncertain = true
      for candidate in candidates { doubt(candidate, slot) }
    }
    schedule(slot)
  }

  /// The sink lost a part of what it held: it is work again, back-offs are over, and what was refused is asked once
  /// more. Returns whose state changed.
  mutating func lost(_ facet: SinkFacet, of slots: [Int]?, now: Moment) -> [Int] {
    if facet == .nothing || slots == nil { pausedUntil = nil }
    var changed: [Int] = []
    for slot in slots ?? Array(entries.indices) where slot < entries.count {
      let before = entries[slot].delivered
      switch facet {
      case .nothing: break
      case .everything: entries[slot].delivered = nil
      case .call: entries[slot].delivered = before.flatMap { $0.withoutCall }
      }
      if entries[slot].delivered == nil {
        entries[slot].leaseEnd = nil
        entries[slot].refreshAt = nil
      }
      if facet != .nothing, case .inFlight(let sent?) = entries[slot].phase,
        facet == .everything || sent.call != .none
      {
        // Whether it was lost before or after this arrived cannot be told.
        entries[slot].lostInFlight = true
      }
      if let before, before != entries[slot].delivered {
        fade(before, slot, now: now)
        changed.append(slot)
      }
      stopWaiting(slot)
      entries[slot].rejected = .undecided
      schedule(slot)
    }
    return changed
  }

  // MARK: Small steps

  mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

  private mutating func grow(to slot: Int) {
    while entries.count <= slot { entries.append(Entry()) }
  }

  /// Puts the user into a queue if there is something to send, and sees to the next alarm if not.
  mutating func schedule(_ slot: Int) {
    switch entries[slot].next() {
    case .nothing: break
    case .alarm: arm(slot)
    case .queue: changes.append(slot)
    }
  }

  private mutating func stopWaiting(_ slot: Int) {
    guard case .waiting = entries[slot].phase else { return }
    usersWaiting -= 1
    entries[slot].phase = .idle
    entries[slot].attempt = 0
  }
}

extension Presence {
  /// What is left when the call is gone, or nil when nothing is.
  fileprivate var withoutCall: Presence? {
    var rest = self
    rest.call = .none
    return rest == .available ? nil : rest
  }
}
