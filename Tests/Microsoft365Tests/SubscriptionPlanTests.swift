// The plan of subscriptions as a value: shares, steps, failures and their patience, all without a clock.

import PluginAPI
import Testing

@testable import Microsoft365

@Suite struct SubscriptionPlanTests {
  static func at(_ seconds: Double) -> Moment { Moment(nanoseconds: Int64(seconds * 1e9)) }
  static func people(_ range: Range<Int>) -> Set<UserID> {
    Set(
      range.map { number in
        let digits = String(number)
        return UserID("u" + String(repeating: "0", count: 5 - digits.count) + digits)
      })
  }
  static func plan(
    _ accounts: Int, checkEvery: Duration? = nil, remembered: [String: Set<UserID>] = [:]
  ) -> SubscriptionPlan {
    SubscriptionPlan(
      accounts: (1...accounts).map { "sync\($0)" },
      timing: .init(
        renewEvery: .seconds(600), checkEvery: checkEvery, fallbackInterval: .seconds(20)),
      remembered: remembered)
  }
  static let outage = SubscriptionFailure(kind: .passing, reason: "503", hint: "wait")

  /// Sweeps and creates everything that the plan asks for, at `second`.
  static func settle(_ plan: inout SubscriptionPlan, at second: Double) -> [SubscriptionPlan.Step] {
    var done: [SubscriptionPlan.Step] = []
    while true {
      let steps = plan.next(now: at(second)).filter { $0.account != nil }
      if steps.isEmpty { return done }
      for step in steps {
        let outcome: SubscriptionPlan.Outcome =
          switch step {
          case .sweep: .swept
          case .create(let account, _): .created(id: "id-\(account)", expires: at(second + 3540))
          case .renew: .renewed(expires: at(second + 3540))
          case .check: .checked(expires: at(second + 3540))
          case .delete: .deleted
          case .poll: .swept
          }
        plan.finished(step, outcome, now: at(second))
      }
      done += steps
    }
  }

  @Test func theFirstEndIsAlsoThatOfADeadAccount() {
    var plan = Self.plan(2)
    plan.watch(Self.people(0..<1300), now: Self.at(0))
    #expect(plan.firstEnd == nil)
    _ = Self.settle(&plan, at: 1)
    #expect(plan.firstEnd == Self.at(3541))
    let dead = SubscriptionFailure(kind: .signIn, reason: "disabled", hint: "enable it")
    plan.finished(.renew(account: "sync1", id: "id-sync1"), .failed(dead), now: Self.at(601))
    _ = plan.next(now: Self.at(601))
    plan.finished(
      .renew(account: "sync2", id: "id-sync2"), .renewed(expires: Self.at(7000)), now: Self.at(3540))
    plan.finished(.sweep(account: "sync1", everything: false), .failed(dead), now: Self.at(3540))
    _ = plan.next(now: Self.at(3542))
    #expect(plan.accounts.map { $0.live == nil } == [true, false])
    #expect(plan.firstEnd == Self.at(3541), "ran out, and was not renewed")
    plan.use(["sync2"], now: Self.at(3600))
    #expect(plan.firstEnd == Self.at(7000))
    plan.use([], now: Self.at(3601))
    _ = Self.settle(&plan, at: 3602)
    _ = plan.next(now: Self.at(3603))
    #expect(plan.firstEnd == nil)
  }

  @Test func thousandsOfPeopleInFourShares() {
    var plan = Self.plan(4)
    plan.watch(Self.people(0..<1951), now: Self.at(0))
    #expect(plan.accounts.map(\.share.count) == [650, 650, 650, 1])
    let first = plan.next(now: Self.at(0))
    #expect(first == (1...4).map { .sweep(account: "sync\($0)", everything: false) })
    for step in first { plan.finished(step, .swept, now: Self.at(0)) }
    #expect(plan.next(now: Self.at(0.5)) == [], "a roster that may still change is waited for")
    #expect(plan.nextWake() == Self.at(1))
    let steps = Self.settle(&plan, at: 1)
    #expect(steps.count == 4)
    for step in steps {
      guard case .create(_, let users) = step else { continue }
      #expect(users.count <= 650 && users == users.sorted())
    }
    #expect(plan.uncovered(now: Self.at(1)).isEmpty)
    #expect(plan.liveCount(now: Self.at(1)) == 4)
    #expect(plan.uncovered(now: Self.at(3541)).count == 1951, "what is expired covers nobody")
  }

  @Test func aChangingRosterIsWaitedForButNotForever() {
    var plan = Self.plan(1)
    _ = Self.settle(&plan, at: 0)
    for tenth in 0..<60 { plan.watch(Self.people(0..<(tenth + 1)), now: Self.at(Double(tenth) / 10)) }
    #expect(plan.nextWake() == Self.at(5))
    #expect(Self.settle(&plan, at: 5.9).count == 1)
  }

  @Test func sharesAreStable() {
    var plan = Self.plan(3)
    plan.watch(Self.people(0..<1500), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    let before = plan.accounts.map(\.share)
    // People leave: nothing is made anew.
    let fewer = Self.people(0..<1500).subtracting(Self.people(100..<110))
    plan.watch(fewer, now: Self.at(10))
    #expect(Self.settle(&plan, at: 20) == [])
    #expect(plan.accounts.map(\.share) == before.map { $0.intersection(fewer) })
    // One of them comes back: still watched where they were.
    plan.watch(fewer.union(Self.people(105..<106)), now: Self.at(30))
    #expect(Self.settle(&plan, at: 40) == [])
    #expect(plan.uncovered(now: Self.at(40)).isEmpty)
    // New people: one subscription is made anew, and its people are told to be polled by `created`.
    plan.watch(fewer.union(Self.people(2000..<2005)), now: Self.at(50))
    let steps = Self.settle(&plan, at: 60)
    #expect(steps.count == 2)
    guard case .delete("sync3", "id-sync3") = steps[0], case .create("sync3", let users) = steps[1] else {
      Issue.record("\(steps)")
      return
    }
    #expect(users.count == 205)
  }

  @Test func nobodyLeftMeansNoSubscription() {
    var plan = Self.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    plan.watch([], now: Self.at(2))
    #expect(Self.settle(&plan, at: 4) == [.delete(account: "sync1", id: "id-sync1")])
  }

  @Test func renewalsAndTheirReadBack() {
    var plan = Self.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    #expect(plan.next(now: Self.at(600)).filter { $0.account != nil } == [])
    let renewal = SubscriptionPlan.Step.renew(account: "sync1", id: "id-sync1")
    #expect(plan.next(now: Self.at(601)) == [renewal])
    plan.finished(renewal, .renewed(expires: Self.at(4141)), now: Self.at(601))
    // A 200 without effect is tried again soon.
    #expect(plan.next(now: Self.at(1201)).contains(renewal))
    plan.finished(renewal, .renewed(expires: Self.at(4141)), now: Self.at(1201))
    #expect(plan.next(now: Self.at(1261)).contains(renewal))
    // 404: made anew at once.
    plan.finished(renewal, .gone, now: Self.at(1261))
    #expect(Self.settle(&plan, at: 1261) == [.create(account: "sync1", users: Self.people(0..<3).sorted())])
    // Never renewed in time: made anew when it is over.
    #expect(plan.next(now: Self.at(1861)).contains(renewal))
    plan.finished(renewal, .failed(Self.outage), now: Self.at(1861))
    #expect(plan.next(now: Self.at(1862)).filter { $0.account != nil } == [])
    #expect(plan.next(now: Self.at(1863)).contains(renewal))
    plan.finished(renewal, .failed(Self.outage), now: Self.at(4802))
    #expect(Self.settle(&plan, at: 4810).count == 1)
  }

  @Test func aConflictSweepsEverythingOnceThenWaits() {
    var plan = Self.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    plan.finished(.sweep(account: "sync1", everything: false), .swept, now: Self.at(0))
    let create = SubscriptionPlan.Step.create(account: "sync1", users: Self.people(0..<3).sorted())
    #expect(plan.next(now: Self.at(1)) == [create])
    plan.finished(create, .conflict(with: .unseen), now: Self.at(1))
    let sweep = SubscriptionPlan.Step.sweep(account: "sync1", everything: true)
    #expect(plan.next(now: Self.at(1)) == [sweep])
    plan.finished(sweep, .swept, now: Self.at(1))
    #expect(plan.next(now: Self.at(1)) == [create])
    plan.finished(create, .conflict(with: .unseen), now: Self.at(1))
    #expect(plan.next(now: Self.at(300)).filter { $0.account != nil } == [])
    #expect(plan.next(now: Self.at(301)).contains(sweep))
  }

  /// Two plans and one place, and what each sees of the other; `.sameAddress`: one account under two names of one
  /// gateway.
  @Test(arguments: [Rival.elsewhere(url: "https://other.example/hook"), .sameAddress, .unseen])
  func twoWithOneAccountDoNotFightForEver(_ rival: Rival) {
    var plans = [Self.plan(1, checkEvery: .seconds(60)), Self.plan(1, checkEvery: .seconds(60))]
    var holder: (plan: Int, id: String)?
    var made = [0, 0]
    func answer(_ step: SubscriptionPlan.Step, of plan: Int, now: Moment) -> SubscriptionPlan.Outcome {
      let expires = now + .seconds(3540)
      switch step {
      case .sweep(_, let everything):
        if everything || rival == .sameAddress || holder?.plan == plan { holder = nil }
        return .swept
      case .create:
        if holder != nil { return .conflict(with: rival) }
        made[plan] += 1
        holder = (plan, "\(plan)-\(made[plan])")
        return .created(id: holder!.id, expires: expires)
      case .renew(_, let id): return holder?.id == id ? .renewed(expires: expires) : .gone
      case .check(_, let id): return holder?.id == id ? .checked(expires: expires) : .gone
      case .delete: return .deleted
      case .poll: return .swept
      }
    }
    var calm = [0, 0]
    for second in 0..<12 * 3600 {
      let now = Self.at(Double(second))
      // The second comes an hour after the first.
      for plan in second < 3600 ? [0] : [0, 1] {
        if second == plan * 3600 { plans[plan].watch(Self.people(0..<3), now: now) }
        for step in plans[plan].next(now: now) where step.account != nil {
          plans[plan].finished(step, answer(step, of: plan, now: now), now: now)
        }
      }
      if second == 3 * 3600 { calm = made }
    }
    #expect(made == calm && made.reduce(0, +) < 6, "\(made)")
    let loser = holder?.plan == 0 ? 1 : 0
    #expect(plans[loser].accounts[0].failure == .contested(by: rival))
    #expect(plans[1 - loser].accounts[0].failure == nil)
    // The other leaves: the place is taken within half an hour, and kept.
    holder = nil
    for second in 12 * 3600..<13 * 3600 {
      let now = Self.at(Double(second))
      for step in plans[loser].next(now: now) where step.account != nil {
        plans[loser].finished(step, answer(step, of: loser, now: now), now: now)
      }
    }
    #expect(holder?.plan == loser && plans[loser].accounts[0].failure == nil)
    #expect(plans[loser].accounts[0].conflicts == 0)
  }

  @Test func aLostAnswerIsLookedForFirst() {
    var plan = Self.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    plan.finished(.sweep(account: "sync1", everything: false), .swept, now: Self.at(0))
    let create = plan.next(now: Self.at(1))[0]
    var lost = Self.outage
    lost.isUncertain = true
    var second = 1.0
    // The patience grows although every sweep succeeds.
    for wait in [2.0, 4, 8, 16] {
      plan.finished(create, .failed(lost), now: Self.at(second))
      #expect(plan.next(now: Self.at(second + wait - 0.1)).filter { $0.account != nil } == [])
      second += wait
      let sweep = plan.next(now: Self.at(second)).filter { $0.account != nil }
      #expect(sweep == [.sweep(account: "sync1", everything: false)])
      plan.finished(sweep[0], .swept, now: Self.at(second))
      #expect(plan.next(now: Self.at(second)).contains(create))
    }
  }

  @Test func holdsByKind() {
    func holds(_ kind: SubscriptionFailure.Kind) -> [Duration] {
      [0, 1, 2, 9].map { SubscriptionFailure(kind: kind, reason: "", hint: "").hold(attempt: $0) }
    }
    #expect(holds(.forbidden) == [300, 600, 1200, 1800].map { .seconds($0) })
    #expect(holds(.unreachable) == [30, 60, 120, 300].map { .seconds($0) })
    #expect(holds(.passing) == [2, 4, 8, 120].map { .seconds($0) })
    #expect(holds(.signIn) == [10, 10, 10, 10].map { .seconds($0) })
    let told = SubscriptionFailure(kind: .passing, reason: "", hint: "", retryAfter: .seconds(17))
    #expect(told.hold(attempt: 0) == .seconds(17))
  }

  @Test func whatSomebodyMendedIsTriedAtOnceAndCountsAsNoTry() {
    var plan = Self.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    plan.finished(plan.next(now: Self.at(0))[0], .swept, now: Self.at(0))
    let forbidden = SubscriptionFailure(kind: .forbidden, reason: "403", hint: "ask")
    let create = SubscriptionPlan.Step.create(account: "sync1", users: Self.people(0..<3).sorted())
    for _ in 0..<3 {
      #expect(plan.next(now: Self.at(1)).contains(create))
      plan.finished(create, .failed(forbidden), now: Self.at(1))
      #expect(!plan.next(now: Self.at(2)).contains(create))
      plan.release()
    }
    #expect(plan.next(now: Self.at(2)).contains(create))
    plan.finished(create, .failed(forbidden), now: Self.at(2))
    #expect(!plan.next(now: Self.at(301)).contains(create))
    #expect(plan.next(now: Self.at(302)).contains(create))
  }

  @Test func peopleOfADeadAccountMoveOrArePolled() {
    var plan = Self.plan(2)
    plan.watch(Self.people(0..<700), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    let renewals = plan.next(now: Self.at(601)).filter { $0.account != nil }
    plan.finished(
      renewals[0], .failed(SubscriptionFailure(kind: .signIn, reason: "50057", hint: "enable")),
      now: Self.at(601))
    plan.finished(renewals[1], .renewed(expires: Self.at(4141)), now: Self.at(601))
    #expect(plan.accounts[0].share.isEmpty)
    #expect(plan.accounts[1].share.count == 650)
    #expect(plan.homeless == 50)
    // Nobody knows whether its subscription still works: whoever has no place elsewhere is polled at once.
    #expect(
      plan.next(now: Self.at(601)).contains {
        if case .poll(let users) = $0 { users.count == 650 } else { false }
      })
    plan.finished(.delete(account: "sync2", id: "id-sync2"), .deleted, now: Self.at(601))
    _ = Self.settle(&plan, at: 602)
    #expect(plan.uncovered(now: Self.at(602)).count == 50)
    // Asked for again with a cheap call; when it can sign in again it takes up its work.
    let probe = plan.next(now: Self.at(661)).filter { $0.account == "sync1" }
    #expect(probe == [.sweep(account: "sync1", everything: false)])
    plan.finished(probe[0], .swept, now: Self.at(661))
    #expect(plan.homeless == 0)
  }

  @Test func peopleWithoutASubscriptionArePolled() {
    var plan = Self.plan(1)
    plan.watch(Self.people(0..<700), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    #expect(plan.homeless == 50)
    #expect(plan.next(now: Self.at(19.9)) == [])
    guard case .poll(let users) = plan.next(now: Self.at(20)).first else {
      Issue.record("no poll")
      return
    }
    #expect(users == Self.people(650..<700).sorted())
    #expect(plan.next(now: Self.at(39)) == [])
    #expect(plan.next(now: Self.at(40)).count == 1)
  }

  @Test func lifecycleNotifications() {
    var plan = Self.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    let users = Self.people(0..<3).sorted()
    #expect(plan.lifecycle(.missed, id: "other", now: Self.at(2)) == [])
    #expect(plan.lifecycle(.missed, id: "id-sync1", now: Self.at(2)) == users)
    #expect(plan.lifecycle(.unknown, id: "id-sync1", now: Self.at(2)) == users)
    #expect(plan.lifecycle(.reauthorizationRequired, id: "id-sync1", now: Self.at(3)) == [])
    #expect(Self.settle(&plan, at: 3) == [.renew(account: "sync1", id: "id-sync1")])
    #expect(plan.lifecycle(.subscriptionRemoved, id: "id-sync1", now: Self.at(4)) == users)
    #expect(Self.settle(&plan, at: 4) == [.create(account: "sync1", users: users)])
    #expect(LifecycleEvent("reauthorizationRequired") == .reauthorizationRequired)
    #expect(LifecycleEvent("SubscriptionRemoved") == .subscriptionRemoved)
    #expect(LifecycleEvent("missed") == .missed)
    #expect(LifecycleEvent("invented") == .unknown)
  }

  @Test func pollingIsAsGoodWhereBothAreAllowed() {
    var plan = SubscriptionPlan(
      accounts: [], timing: .init(renewEvery: .seconds(600), checkEvery: nil, fallbackInterval: .seconds(20)))
    plan.watch(Self.people(0..<3), now: Self.at(0))
    #expect(
      CoverageReport(plan, pollsToo: true, now: Self.at(0)).check
        == Check(
          "subscriptions", .ok(detail: "there is no account; 3 of 3 people are polled"), required: false))
    #expect(
      CoverageReport(plan, now: Self.at(0)).check
        == Check(
          "subscriptions",
          .failing(
            reason: "there is no account; 3 of 3 people are polled",
            remedy: "add an account, or write `mode: poll`")))
    var refused = Self.plan(1)
    refused.watch(Self.people(0..<3), now: Self.at(0))
    let sweep = refused.next(now: Self.at(0))[0]
    refused.finished(sweep, .failed(Self.outage), now: Self.at(0))
    #expect(CoverageReport(refused, pollsToo: true, now: Self.at(0)).check.required == false)
    #expect(CoverageReport(refused, now: Self.at(0)).check.required)
  }

  @Test func whatTheCheckSays() {
    func check(_ plan: SubscriptionPlan, _ second: Double) -> Check {
      CoverageReport(plan, now: Self.at(second)).check
    }
    var plan = Self.plan(1)
    #expect(
      check(plan, 0) == Check("subscriptions", .pending(progress: "waiting for the people of both systems")))
    plan.watch([], now: Moment(nanoseconds: 0))
    #expect(check(plan, 0) == Check("subscriptions", .ok(detail: "nobody to watch")))
    plan.watch(Self.people(0..<1400), now: Self.at(0))
    #expect(check(plan, 0) == Check("subscriptions", .pending(progress: "0 of 1,400 people")))
    _ = Self.settle(&plan, at: 1)
    #expect(
      check(plan, 1)
        == Check(
          "subscriptions",
          .failing(
            reason: "650 of 1,400 people fit into 1 account; 750 are polled",
            remedy: "add 2 accounts under read.accounts"), required: false))
    plan.watch(Self.people(0..<600), now: Self.at(2))
    #expect(
      check(plan, 2)
        == Check("subscriptions", .ok(detail: "600 people in 1 subscription"), required: false))
    _ = plan.lifecycle(.subscriptionRemoved, id: "id-sync1", now: Self.at(3))
    let create = plan.next(now: Self.at(4))[0]
    plan.finished(create, .failed(Self.outage), now: Self.at(4))
    #expect(
      check(plan, 4)
        == Check(
          "subscriptions", .failing(reason: "sync1: 503; 600 of 600 people are polled", remedy: "wait")))
  }
}
