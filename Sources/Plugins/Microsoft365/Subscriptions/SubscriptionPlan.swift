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
    /// List; take over what an earlier life left and can still be used, delete the rest: those with our address, or
    /// every presence subscription of the account.
    case sweep(account: String, everything: Bool)
    case create(account: String, users: [UserID])
    case renew(account: String, id: String)
    /// Look whether it is still there.
    case check(account: String, id: String)
    case delete(account: String, id: String)
    /// Nobody pushes these.
    case poll([UserID])
  }

  struct Timing: Sendable {
    var renewEvery: Duration
    /// Nil: only renewals tell.
    var checkEvery: Duration?
    var fallbackInterval: Duration
  }

  struct Live: Sendable, Equatable {
    var id: String
    var users: Set<UserID>
    var expires: Moment
    var renewAt: Moment
    /// Nil: not checked between renewals.
    var checkAt: Moment?
    /// From then on its people's changes should be told.
    var since: Moment
    /// Whether it was still there to be renewed.
    var isProven = false
  }

  struct Account: Sendable {
    let name: String
    var share: Set<UserID> = []
    var live: Live?
    /// When its last subscription ended by itself, until there is another.
    var ranOutAt: Moment?
    /// Whom it watched in an earlier life: they stay with it.
    var remembered: Set<UserID> = []
    var busy = false
    var swept = false
    var sweepsEverything = false
    /// False while nobody can sign in to it: its people move to other accounts.
    var usable = true
    /// No longer configured: its subscription goes.
    var isLeaving = false
    /// What lives must go, and be made anew.
    var rebuild = false
    /// Changes were seen that its subscription did not tell; until it speaks its people are polled.
    var isSilent = false
    var silences = 0
    var rebuiltAt: Moment?
    var blockedUntil: Moment?
    var attempt = 0
    /// Since a subscription lived to its renewal.
    var conflicts = 0
    /// Whether the last one did not: somebody else deletes ours, as we did theirs.
    var isContested = false
    /// How often the place was left to somebody else.
    var yields = 0
    var failure: SubscriptionFailure?

    var takesPeople: Bool { usable && !isLeaving }
    func covers(now: Moment) -> Set<UserID> {
      guard let live, live.expires > now, usable, !isSilent else { return [] }
      return live.users
    }
  }

  var accounts: [Account]
  private(set) var people: Set<UserID> = []
  let timing: Timing
  private var dirtySince: Moment?
  private var settledAt: Moment?
  private var pollAt: Moment?

  /// `remembered` is whom each account watched in an earlier life.
  init(accounts: [String], timing: Timing, remembered: [String: Set<UserID>] = [:]) {
    self.accounts = accounts.map { Account(name: $0, remembered: remembered[$0] ?? []) }
    self.timing = timing
  }

  /// People on the roster whom no subscription covers now.
  func uncovered(now: Moment) -> Set<UserID> {
    accounts.reduce(into: people) { $0.subtract($1.covers(now: now)) }
  }
  /// People beyond what the accounts can carry.
  var homeless: Int { people.count - accounts.reduce(0) { $0 + $1.share.count } }
  func failure(of account: String?) -> SubscriptionFailure? {
    accounts.first { $0.name == account }?.failure
  }
  func liveCount(now: Moment) -> Int { accounts.count { $0.live.map { $0.expires > now } ?? false } }

  /// When the first subscription ends, or ended and was not replaced although somebody waits for it.
  var firstEnd: Moment? {
    accounts.compactMap { account in
      let isWanted = !account.isLeaving && (!account.usable || !account.share.isEmpty)
      return account.live?.expires ?? (isWanted ? account.ranOutAt : nil)
    }.min()
  }

  /// Whether a roster has come at all: before, nobody knows whether there is somebody to watch.
  private(set) var knowsPeople = false

  mutating func watch(_ users: Set<UserID>, now: Moment) {
    knowsPeople = true
    guard users != people else { return }
    people = users
    if assign() { unsettle(now: now) }
    pollAt = pollAt ?? now + timing.fallbackInterval
  }

  /// The accounts there are from now on; `remembered` as in `init`.
  mutating func use(_ names: [String], remembered: [String: Set<UserID>] = [:], now: Moment) {
    for index in accounts.indices { accounts[index].isLeaving = !names.contains(accounts[index].name) }
    for name in names where !accounts.contains(where: { $0.name == name }) {
      accounts.append(Account(name: name, remembered: remembered[name] ?? []))
    }
    if assign() { unsettle(now: now) }
  }

  mutating func unsettle(now: Moment) {
    let since = dirtySince ?? now
    dirtySince = since
    settledAt = min(now + Self.settle, since + Self.maxSettle)
  }
  /// Somebody lost their subscription: they are polled at once.
  mutating func pollNow(_ now: Moment) { if pollAt != nil { pollAt = now } }

  mutating func next(now: Moment) -> [Step] {
    if let settled = settledAt, settled <= now {
      settledAt = nil
      dirtySince = nil
    }
    accounts.removeAll { $0.isLeaving && $0.live == nil && !$0.busy }
    var steps: [Step] = []
    for index in accounts.indices where !accounts[index].busy {
      if let live = accounts[index].live, live.expires <= now {
        lose(index)
        accounts[index].ranOutAt = live.expires
        pollNow(now)
      }
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
      pollAt = now + timing.fallbackInterval
      let rest = uncovered(now: now)
      if !rest.isEmpty { steps.append(.poll(rest.sorted())) }
    }
    return steps
  }

  private func step(for account: Account, now: Moment) -> Step? {
    if account.isLeaving { return account.live.map { .delete(account: account.name, id: $0.id) } }
    if !account.swept { return .sweep(account: account.name, everything: account.sweepsEverything) }
    // Somebody who could not be signed in is asked for with the cheapest call.
    if !account.usable { return .sweep(account: account.name, everything: false) }
    guard let live = account.live else {
      guard settledAt == nil, !account.share.isEmpty else { return nil }
      return .create(account: account.name, users: account.share.sorted())
    }
    let isStale = account.share.isEmpty ? knowsPeople : !account.share.isSubset(of: live.users)
    if account.rebuild || (settledAt == nil && isStale) {
      return .delete(account: account.name, id: live.id)
    }
    if live.renewAt <= now { return .renew(account: account.name, id: live.id) }
    return live.checkAt.map { $0 <= now } == true ? .check(account: account.name, id: live.id) : nil
  }

  /// When `next` has something new, if nothing else happens.
  func nextWake() -> Moment? {
    var wakes = [settledAt, people.isEmpty ? nil : pollAt].compactMap { $0 }
    for account in accounts where !account.busy {
      if let until = account.blockedUntil {
        wakes.append(until)
      } else if let live = account.live {
        wakes.append(min(live.renewAt, live.expires, live.checkAt ?? live.renewAt))
      }
    }
    return wakes.min()
  }
}

extension SubscriptionPlan.Step {
  var account: String? {
    switch self {
    case .sweep(let account, _), .create(let account, _), .renew(let account, _), .check(let account, _),
      .delete(let account, _):
      account
    case .poll: nil
    }
  }
}
