// When a polling source is asked about whom: newcomers at once, everybody in turn, suspects when their time
// comes.

import DequeModule
import PluginAPI

/// Pure: `next` hands out one batch at a time, as the source's limits allow.
struct PollPlan: Sendable {
  /// How long the first suspect that is due waits for others, so that they are asked about together.
  static let gathering = Duration.seconds(2)
  private(set) var limits: Limits
  private(set) var interval: Duration
  private var roster: Set<UserID> = []
  /// The roster in a fixed order, so that the same inputs give the same decisions.
  private var order: [UserID] = []
  private var urgent: Deque<UserID> = []
  private var urgentSet: Set<UserID> = []
  private var round: [UserID] = []
  private var roundAt: Moment?
  private var suspects: [UserID: Moment] = [:]
  private var suspectsAt: Moment?
  private var inFlight = 0
  private var notBefore: Moment?
  private var backoff: Backoff
  private var attempt = 0
  private var bucket: TokenBucket?

  init(limits: Limits, interval: Duration, seed: UInt64, now: Moment) {
    self.limits = limits
    self.interval = interval
    backoff = Backoff(base: .seconds(1), cap: .seconds(60), seed: seed)
    // One call is one request, however many users it names.
    bucket = limits.rate.map { TokenBucket($0, now: now) }
  }

  /// Another timetable from now on; the allowance that is spent stays spent.
  mutating func limit(to limits: Limits, interval: Duration, now: Moment) {
    if limits.rate != self.limits.rate {
      bucket = limits.rate.map { TokenBucket($0, after: bucket, now: now) }
    }
    self.limits = limits
    self.interval = interval
    roundAt = roundAt.map { min($0, now + interval) }
  }

  mutating func watch(_ users: Set<UserID>, now: Moment) {
    let known = roster
    roster = users
    order = users.sorted()
    for user in order where !known.contains(user) { hurry(user) }
    if roundAt == nil { roundAt = now + interval }
  }

  /// Events may have been missed: ask about these users (nil: all) now.
  mutating func request(_ users: [UserID]?) {
    for user in users ?? order where roster.contains(user) { hurry(user) }
  }

  /// Ask about the user once, soon after `at` and never before; many such are asked together.
  mutating func suspect(_ user: UserID, at: Moment) {
    guard roster.contains(user) else { return }
    suspects[user] = at
    let due = at + Self.gathering
    suspectsAt = min(suspectsAt ?? due, due)
  }

  mutating func next(now: Moment) -> [UserID]? {
    if let due = suspectsAt, due <= now {
      for (user, at) in suspects.sorted(by: { $0.key < $1.key }) where at <= now {
        suspects[user] = nil
        hurry(user)
      }
      suspectsAt = suspects.values.min().map { $0 + Self.gathering }
    }
    if let due = roundAt, due <= now, round.isEmpty {
      round = order
      roundAt = now + interval
    }
    guard inFlight < limits.maxInFlight, notBefore ?? now <= now, !urgent.isEmpty || !round.isEmpty else {
      return nil
    }
    if let ready = bucket?.take(now: now) {
      notBefore = ready
      return nil
    }
    notBefore = nil
    var batch: [UserID] = []
    while batch.count < limits.maxBatch, let user = urgent.popFirst() {
      urgentSet.remove(user)
      if roster.contains(user) { batch.append(user) }
    }
    while batch.count < limits.maxBatch, let user = round.popLast() {
      if roster.contains(user) { batch.append(user) }
    }
    guard !batch.isEmpty else { return nil }
    inFlight += 1
    return batch
  }

  mutating func finished() {
    inFlight -= 1
    attempt = 0
  }

  /// The batch goes back to be asked again after a back-off.
  mutating func failed(_ batch: [UserID], _ failure: PluginFailure, now: Moment) {
    inFlight -= 1
    if case .giveUp = failure.remedy { return }
    for user in batch { hurry(user) }
    var delay = backoff.delay(attempt: attempt)
    if case .retry(let after?) = failure.remedy { delay = max(delay, after) }
    if case .operatorAction = failure.remedy { delay = max(delay, .seconds(30)) }
    attempt += 1
    notBefore = max(notBefore ?? now, now + delay)
  }

  func nextWake(now: Moment) -> Moment? {
    guard inFlight < limits.maxInFlight else { return nil }
    if !urgent.isEmpty || !round.isEmpty { return notBefore }
    let due = [roundAt, suspectsAt].compactMap { $0 }.min()
    return due.map { max($0, notBefore ?? $0) }
  }

  /// When the user is asked about next, as far as that is planned; nil: never.
  func nextAsked(_ user: UserID, now: Moment) -> Moment? {
    guard roster.contains(user) else { return nil }
    if urgentSet.contains(user) { return max(now, notBefore ?? now) }
    let due = [roundAt, suspects[user].map { $0 + Self.gathering }].compactMap { $0 }.min()
    return due.map { max(now, $0) }
  }

  private mutating func hurry(_ user: UserID) {
    if urgentSet.insert(user).inserted { urgent.append(user) }
  }
}
