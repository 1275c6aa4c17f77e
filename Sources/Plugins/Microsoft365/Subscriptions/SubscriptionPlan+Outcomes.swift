// What the plan learns: outcomes of its steps, lifecycle notifications, and changes that nobody told.

import PluginAPI

extension SubscriptionPlan {
  enum Outcome: Sendable, Equatable {
    /// Nothing that can be used is there.
    case swept
    /// A sweep found one of ours that still works.
    case adopted(id: String, users: Set<UserID>, expires: Moment)
    case created(id: String, expires: Moment)
    case renewed(expires: Moment)
    case checked(expires: Moment)
    case deleted
    /// 404 on a renewal or a check.
    case gone
    /// A renewal cannot change what must be changed: to be made anew.
    case outdated
    /// 409: there is one already.
    case conflict(with: Rival)
    case failed(SubscriptionFailure)
  }

  /// A subscription that was silent is made anew at most so often, and ever more rarely while it stays silent.
  static let rebuildPause = (first: 600, last: 7200)

  /// A lifecycle notification (C.6): returns whom to poll at once.
  mutating func lifecycle(_ event: LifecycleEvent, id: String, now: Moment) -> [UserID] {
    guard let index = index(of: id), let live = accounts[index].live else { return [] }
    switch event {
    case .reauthorizationRequired:
      // A renewal with a fresh token reauthorizes too.
      accounts[index].live?.renewAt = now
      return []
    case .subscriptionRemoved: lose(index)
    case .missed, .unknown: break
    }
    return live.users.sorted()
  }

  /// The subscriptions that are now known to be silent, and how many of them are made anew.
  struct Untold: Sendable, Equatable {
    var silent: [String] = []
    var rebuilt = 0
  }

  /// Polls saw changes of these people that no notification told in time; the moment is when the state before was
  /// still shown.
  mutating func untold(_ changes: [UserID: Moment], now: Moment) -> Untold {
    var result = Untold()
    for index in accounts.indices {
      // Of one that cannot sign in it is known already that nothing can be expected.
      guard accounts[index].usable, let live = accounts[index].live,
        changes.contains(where: { live.users.contains($0.key) && $0.value >= live.since })
      else { continue }
      accounts[index].isSilent = true
      result.silent.append(live.id)
      let pause = Self.rebuildPause
      let wait = min(pause.last, pause.first << min(accounts[index].silences, 10))
      if let last = accounts[index].rebuiltAt, now - last < .seconds(wait) { continue }
      accounts[index].rebuild = true
      accounts[index].rebuiltAt = now
      accounts[index].silences += 1
      result.rebuilt += 1
    }
    if !result.silent.isEmpty { pollNow(now) }
    return result
  }

  /// A subscription that was silent has told something.
  mutating func heard(_ id: String) {
    guard let index = index(of: id) else { return }
    accounts[index].isSilent = false
    accounts[index].silences = 0
  }

  /// What waits after a failure is tried now, and counts as no further try.
  mutating func release() {
    for index in accounts.indices where accounts[index].blockedUntil != nil {
      accounts[index].blockedUntil = nil
      accounts[index].attempt = max(0, accounts[index].attempt - 1)
      accounts[index].yields = max(0, accounts[index].yields - 1)
    }
  }

  mutating func finished(_ step: Step, _ outcome: Outcome, now: Moment) {
    guard let index = step.account.flatMap({ name in accounts.firstIndex { $0.name == name } }) else {
      return
    }
    accounts[index].busy = false
    if case .failed(let failure) = outcome {
      fail(index, step, failure, now: now)
      return
    }
    accounts[index].blockedUntil = nil
    let returns = !accounts[index].usable
    if returns {
      accounts[index].usable = true
      settle(index)
    }
    take(outcome, of: step, index, now: now)
    if returns, assign() { unsettle(now: now) }
  }

  private mutating func take(_ outcome: Outcome, of step: Step, _ index: Int, now: Moment) {
    let checkAt = timing.checkEvery.map { now + $0 }
    switch outcome {
    case .swept:
      accounts[index].swept = true
      accounts[index].sweepsEverything = false
      lose(index)
    case .adopted(let id, let users, let expires):
      accounts[index].swept = true
      if accounts[index].live?.id == id {
        accounts[index].live?.expires = expires
      } else {
        begin(
          index,
          Live(id: id, users: users, expires: expires, renewAt: now, checkAt: checkAt, since: now))
      }
      if assign() { unsettle(now: now) }
    case .created(let id, let expires):
      guard case .create(_, let users) = step else { break }
      settle(index)
      begin(
        index,
        Live(
          id: id, users: Set(users), expires: expires, renewAt: now + timing.renewEvery, checkAt: checkAt,
          since: now))
    case .renewed(let expires):
      // A renewal without effect: soon tried again, and made anew when time runs out.
      settle(index)
      accounts[index].live?.isProven = true
      (accounts[index].conflicts, accounts[index].isContested, accounts[index].yields) = (0, false, 0)
      let before = accounts[index].live?.expires ?? now
      accounts[index].live?.expires = expires
      accounts[index].live?.renewAt = now + (expires > before ? timing.renewEvery : .seconds(60))
      accounts[index].live?.checkAt = checkAt
    case .checked(let expires):
      settle(index)
      accounts[index].live?.expires = expires
      accounts[index].live?.checkAt = checkAt
    case .deleted:
      accounts[index].live = nil
      accounts[index].rebuild = false
    case .gone:
      accounts[index].isContested = accounts[index].live?.isProven == false
      lose(index)
      pollNow(now)
    case .outdated: accounts[index].rebuild = true
    case .conflict(let rival): meet(rival, index, now: now)
    case .failed: break
    }
  }

  /// Deletes what is in the way, once: whoever makes it anew meanwhile lives, and would delete ours in turn for ever.
  private mutating func meet(_ rival: Rival, _ index: Int, now: Moment) {
    accounts[index].conflicts += 1
    let isAgain = accounts[index].conflicts > 1
    let yields = accounts[index].isContested || (isAgain && rival != .unseen)
    accounts[index].swept = yields
    accounts[index].sweepsEverything = !yields
    guard yields || isAgain else { return }
    // The place is left to whoever has it, each time longer.
    let failure = yields ? SubscriptionFailure.contested(by: rival) : .stubbornConflict
    accounts[index].blockedUntil = now + failure.hold(attempt: accounts[index].yields)
    accounts[index].yields += 1
    accounts[index].failure = failure
  }

  private mutating func begin(_ index: Int, _ live: Live) {
    accounts[index].live = live
    accounts[index].ranOutAt = nil
  }

  /// What was not told is explained when there is no subscription.
  mutating func lose(_ index: Int) {
    accounts[index].live = nil
    accounts[index].isSilent = false
    accounts[index].rebuild = false
  }

  private func index(of id: String) -> Int? {
    accounts.firstIndex { $0.live?.id.lowercased() == id.lowercased() }
  }

  /// What counted failures begins anew.
  private mutating func settle(_ index: Int) {
    accounts[index].failure = nil
    accounts[index].attempt = 0
  }

  private mutating func fail(_ index: Int, _ step: Step, _ failure: SubscriptionFailure, now: Moment) {
    if accounts[index].isLeaving {
      // Nobody can sign in to it any more: what is left of it ends by itself within the hour.
      accounts[index].live = nil
      return
    }
    let attempt = accounts[index].attempt
    accounts[index].attempt += 1
    accounts[index].failure = failure
    accounts[index].blockedUntil = now + failure.hold(attempt: attempt)
    if case .create = step, failure.isUncertain { accounts[index].swept = false }
    if failure.kind == .signIn, accounts[index].usable {
      accounts[index].usable = false
      _ = assign()
      // Nothing is waited for: its people have nobody now.
      pollNow(now)
    }
  }
}
