// Which account watches whom, and what to do next about its subscription. Pure: no clock, no network.

import PluginAPI

/// One presence subscription for each account, of at most 650 people (C.1). Every call takes `now`; `next` hands
/// out steps, and each step except `poll` must be answered by `finished`.
struct SubscriptionPlan: Sendable {
  static let capacity = 650
  /// A roster that still changes is waited for: a subscription cannot be changed, only made anew.
  static let settle = Duration.seconds(1)
  static let maxSettle = Duration.seconds(5)

  enum Step: Sendable, Equatable {
    /// List, and delete leftovers: those with our address, or every presence subscription of the account.
    case sweep(account: String, everything: Bool)
    case create(account: String, users: [UserID])
    case renew(account: String, id: String)
    case delete(account: String, id: String)
    /// Nobody pushes these.
    case poll([UserID])
  }

  enum Outcome: Sendable, Equatable {
    case swept
    case created(id: String, expires: Moment)
    case renewed(expires: Moment)
    case deleted
    /// 404 on a renewal.
    case gone
    /// 409: there is one already.
    case conflict
    case failed(SubscriptionFailure)
  }

  struct Live: Sendable, Equatable {
    var id: String
    var users: Set<UserID>
    var expires: Moment
    var renewAt: Moment
  }

  struct Account: Sendable {
    let name: String
    var share: Set<UserID> = []
    var live: Live?
    var busy = false
    var swept = false
    var sweepsEverything = false
    /// False while nobody can sign in to it: its people move to other accounts.
    var usable = true
    var blockedUntil: Moment?
    var attempt = 0
    var conflicts = 0
    var failure: SubscriptionFailure?
  }

  private(set) var accounts: [Account]
  private(set) var people: Set<UserID> = []
  private let renewEvery: Duration
  private let fallbackInterval: Duration
  private var dirtySince: Moment?
  private var settledAt: Moment?
  private var pollAt: Moment?

  init(accounts: [String], renewEvery: Duration, fallbackInterval: Duration) {
    self.accounts = accounts.map { Account(name: $0) }
    self.renewEvery = renewEvery
    self.fallbackInterval = fallbackInterval
  }

  /// People on the roster whom no subscription covers now.
  func uncovered(now: Moment) -> Set<UserID> {
    var rest = people
    for account in accounts { if let live = account.live, live.expires > now { rest.subtract(live.users) } }
    return rest
  }
  /// People beyond what the accounts can carry.
  var homeless: Int { people.count - accounts.reduce(0) { $0 + $1.share.count } }
  func liveCount(now: Moment) -> Int { accounts.count { $0.live.map { $0.expires > now } ?? false } }

  /// Whether a roster has come at all: before, nobody knows whether there is somebody to watch.
  private(set) var knowsPeople = false

  // MARK: Inputs

  mutating func watch(_ users: Set<UserID>, now: Moment) {
    knowsPeople = true
    guard users != people else { return }
    people = users
    if assign() {
      let since = dirtySince ?? now
      dirtySince = since
      settledAt = min(now + Self.settle, since + Self.maxSettle)
    }
    pollAt = pollAt ?? now + fallbackInterval
  }

  /// A lifecycle notification (C.6): returns whom to poll at once.
  mutating func lifecycle(_ event: LifecycleEvent, id: String, now: Moment) -> [UserID] {
    guard let index = accounts.firstIndex(where: { $0.live?.id == id }), let live = accounts[index].live
    else {
      return []
    }
    switch event {
    case .reauthorizationRequired:
      // A renewal with a fresh token reauthorizes too.
      accounts[index].live?.renewAt = now
      return []
    case .subscriptionRemoved: accounts[index].live = nil
    case .missed, .unknown: break
    }
    return live.users.sorted()
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
    if !accounts[index].usable {
      accounts[index].usable = true
      accounts[index].failure = nil
      accounts[index].attempt = 0
      _ = assign()
    }
    switch outcome {
    case .swept:
      accounts[index].swept = true
      accounts[index].sweepsEverything = false
    case .created(let id, let expires):
      guard case .create(_, let users) = step else { break }
      accounts[index].conflicts = 0
      settle(index)
      accounts[index].live = Live(id: id, users: Set(users), expires: expires, renewAt: now + renewEvery)
    case .renewed(let expires):
      // A renewal without effect: soon tried again, and made anew when time runs out.
      settle(index)
      let before = accounts[index].live?.expires ?? now
      accounts[index].live?.expires = expires
      accounts[index].live?.renewAt = now + (expires > before ? renewEvery : .seconds(60))
    case .deleted, .gone: accounts[index].live = nil
    case .conflict:
      accounts[index].swept = false
      accounts[index].sweepsEverything = true
      accounts[index].conflicts += 1
      if accounts[index].conflicts > 1 {
        accounts[index].blockedUntil = now + .seconds(300)
        accounts[index].failure = .stubbornConflict
      }
    case .failed: break
    }
  }

  /// What counted failures begins anew.
  private mutating func settle(_ index: Int) {
    accounts[index].failure = nil
    accounts[index].attempt = 0
  }

  private mutating func fail(_ index: Int, _ step: Step, _ failure: SubscriptionFailure, now: Moment) {
    let attempt = accounts[index].attempt
    accounts[index].attempt += 1
    accounts[index].failure = failure
    accounts[index].blockedUntil = now + failure.hold(attempt: attempt)
    if case .create = step, failure.isUncertain { accounts[index].swept = false }
    if failure.kind == .signIn, accounts[index].usable {
      accounts[index].usable = false
      if assign() { settledAt = now }
    }
  }

  // MARK: Outputs

  mutating func next(now: Moment) -> [Step] {
    if let settled = settledAt, settled <= now {
      settledAt = nil
      dirtySince = nil
    }
    var steps: [Step] = []
    for index in accounts.indices where !accounts[index].busy {
      if let live = accounts[index].live, live.expires <= now { accounts[index].live = nil }
      if let until = accounts[index].blockedUntil {
        guard until <= now else { continue }
        accounts[index].blockedUntil = nil
      }
      if let step = step(for: accounts[index], now: now) {
        accounts[index].busy = true
        steps.append(step)
      }
    }
    if let due = pollAt, due <= now {
      pollAt = now + fallbackInterval
      let rest = uncovered(now: now)
      if !rest.isEmpty { steps.append(.poll(rest.sorted())) }
    }
    return steps
  }

  private func step(for account: Account, now: Moment) -> Step? {
    if !account.swept { return .sweep(account: account.name, everything: account.sweepsEverything) }
    // Somebody who could not be signed in is asked for with the cheapest call.
    if !account.usable { return .sweep(account: account.name, everything: false) }
    guard let live = account.live else {
      guard settledAt == nil, !account.share.isEmpty else { return nil }
      return .create(account: account.name, users: account.share.sorted())
    }
    if settledAt == nil, account.share.isEmpty || !account.share.isSubset(of: live.users) {
      return .delete(account: account.name, id: live.id)
    }
    return live.renewAt <= now ? .renew(account: account.name, id: live.id) : nil
  }

  /// When `next` has something new, if nothing else happens.
  func nextWake() -> Moment? {
    var wakes = [settledAt, people.isEmpty ? nil : pollAt].compactMap { $0 }
    for account in accounts where !account.busy {
      if let until = account.blockedUntil {
        wakes.append(until)
      } else if let live = account.live {
        wakes.append(min(live.renewAt, live.expires))
      }
    }
    return wakes.min()
  }

  // MARK: Shares

  /// Gives everybody a place, moving nobody who has one; whether a subscription must be made anew.
  private mutating func assign() -> Bool {
    for index in accounts.indices {
      accounts[index].share = accounts[index].usable ? accounts[index].share.intersection(people) : []
    }
    var rest = accounts.reduce(into: people) { $0.subtract($1.share) }
    // Back to where they are still watched: costs nothing.
    for index in accounts.indices where accounts[index].usable {
      guard let live = accounts[index].live else { continue }
      for user in rest.intersection(live.users).sorted() where accounts[index].share.count < Self.capacity {
        accounts[index].share.insert(user)
        rest.remove(user)
      }
    }
    // Then accounts that must subscribe anyway, then the emptiest: few subscriptions are made anew.
    let order = accounts.indices.filter { accounts[$0].usable }.sorted { a, b in
      let keys = [a, b].map { index in
        (accounts[index].live == nil ? 0 : 1, accounts[index].share.count, index)
      }
      return keys[0] < keys[1]
    }
    var waiting = rest.sorted()[...]
    for index in order where !waiting.isEmpty {
      let room = Self.capacity - accounts[index].share.count
      accounts[index].share.formUnion(waiting.prefix(room))
      waiting = waiting.dropFirst(room)
    }
    return accounts.contains { $0.usable && !$0.share.isSubset(of: $0.live?.users ?? []) }
  }
}

extension SubscriptionPlan.Step {
  var account: String? {
    switch self {
    case .sweep(let account, _), .create(let account, _), .renew(let account, _), .delete(let account, _):
      account
    case .poll: nil
    }
  }
}
