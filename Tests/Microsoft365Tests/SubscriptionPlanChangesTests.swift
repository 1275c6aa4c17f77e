// The plan while the world changes: restarts, accounts that come, go and die, and subscriptions that fall silent.

import PluginAPI
import Testing

@testable import Microsoft365

@Suite struct SubscriptionPlanChangesTests {
  typealias Plan = SubscriptionPlan
  static func at(_ seconds: Double) -> Moment { SubscriptionPlanTests.at(seconds) }
  static func people(_ range: Range<Int>) -> Set<UserID> { SubscriptionPlanTests.people(range) }
  static func settle(_ plan: inout Plan, at second: Double) -> [Plan.Step] {
    SubscriptionPlanTests.settle(&plan, at: second)
  }

  @Test func whatAnEarlierLifeLeftIsTakenOverAndRenewed() {
    let (first, second) = (Self.people(0..<600), Self.people(600..<650))
    var plan = SubscriptionPlanTests.plan(2, remembered: ["sync1": second, "sync2": first])
    // The roster comes in pieces, and in any order, before anything has been listed.
    plan.watch(Self.people(590..<640), now: Self.at(0))
    plan.watch(Self.people(0..<650), now: Self.at(0.1))
    #expect(plan.accounts.map(\.share) == [second, first], "everybody is where they were")
    let sweeps = plan.next(now: Self.at(0.2))
    #expect(sweeps.count == 2)
    plan.finished(sweeps[0], .adopted(id: "a", users: second, expires: Self.at(900)), now: Self.at(0.2))
    plan.finished(sweeps[1], .adopted(id: "b", users: first, expires: Self.at(900)), now: Self.at(0.2))
    #expect(plan.uncovered(now: Self.at(0.3)).isEmpty, "covered before anything was made")
    #expect(
      Self.settle(&plan, at: 2) == [.renew(account: "sync1", id: "a"), .renew(account: "sync2", id: "b")])
  }

  @Test func whatCannotBeTakenOverIsMadeAnewForTheSamePeople() {
    var plan = SubscriptionPlanTests.plan(1, remembered: ["sync1": Self.people(0..<5)])
    plan.watch(Self.people(0..<5), now: Self.at(0))
    #expect(
      Self.settle(&plan, at: 1) == [
        .sweep(account: "sync1", everything: false),
        .create(account: "sync1", users: Self.people(0..<5).sorted()),
      ])
  }

  @Test func beforeTheRosterComesNothingIsThrownAway() {
    var plan = SubscriptionPlanTests.plan(1, remembered: ["sync1": Self.people(0..<5)])
    let sweep = plan.next(now: Self.at(0))[0]
    plan.finished(sweep, .adopted(id: "a", users: Self.people(0..<5), expires: Self.at(900)), now: Self.at(0))
    #expect(Self.settle(&plan, at: 1) == [.renew(account: "sync1", id: "a")])
    plan.watch(Self.people(0..<6), now: Self.at(10))
    #expect(
      Self.settle(&plan, at: 11) == [
        .delete(account: "sync1", id: "a"),
        .create(account: "sync1", users: Self.people(0..<6).sorted()),
      ])
  }

  @Test func aNewAccountTakesThoseWithoutAPlaceAndMovesNobody() {
    var plan = SubscriptionPlanTests.plan(1)
    plan.watch(Self.people(0..<1000), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    #expect(plan.homeless == 350)
    plan.use(["sync1", "sync2"], now: Self.at(10))
    #expect(
      Self.settle(&plan, at: 11) == [
        .sweep(account: "sync2", everything: false),
        .create(account: "sync2", users: Self.people(650..<1000).sorted()),
      ])
    #expect(plan.uncovered(now: Self.at(11)).isEmpty)
  }

  @Test func anAccountThatLeavesHandsItsPeopleOn() {
    var plan = SubscriptionPlanTests.plan(2)
    plan.watch(Self.people(0..<700), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    plan.use(["sync2"], now: Self.at(10))
    let steps = Self.settle(&plan, at: 11)
    #expect(steps.contains(.delete(account: "sync1", id: "id-sync1")))
    #expect(plan.accounts.map(\.name) == ["sync2"])
    #expect(plan.accounts[0].live?.users.count == 650)
    #expect(plan.homeless == 50)
    // Its subscription ends by itself when nobody can sign in to it any more.
    plan.use([], now: Self.at(20))
    let delete = plan.next(now: Self.at(21))[0]
    plan.finished(delete, .failed(SubscriptionPlanTests.outage), now: Self.at(21))
    _ = plan.next(now: Self.at(21))
    #expect(plan.accounts.isEmpty)
    #expect(plan.uncovered(now: Self.at(21)).count == 700)
  }

  @Test func aSubscriptionThatIsGoneIsFoundByACheckAndItsPeoplePolledAtOnce() {
    var plan = SubscriptionPlanTests.plan(1, checkEvery: .seconds(60))
    plan.watch(Self.people(0..<3), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    _ = plan.next(now: Self.at(20))
    let check = Plan.Step.check(account: "sync1", id: "id-sync1")
    #expect(plan.nextWake() == Self.at(40))
    #expect(plan.next(now: Self.at(61)).contains(check))
    plan.finished(check, .checked(expires: Self.at(3000)), now: Self.at(61))
    #expect(plan.accounts[0].live?.expires == Self.at(3000), "what Graph says counts")
    #expect(plan.next(now: Self.at(121)).contains(check))
    plan.finished(check, .gone, now: Self.at(121))
    let steps = plan.next(now: Self.at(121))
    #expect(steps.contains(.create(account: "sync1", users: Self.people(0..<3).sorted())))
    #expect(steps.contains(.poll(Self.people(0..<3).sorted())))
  }

  @Test func aRefusedCertificateMakesTheSubscriptionAnew() {
    var plan = SubscriptionPlanTests.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    let renewal = plan.next(now: Self.at(601)).first { $0.account != nil }!
    plan.finished(renewal, .outdated, now: Self.at(601))
    #expect(
      Self.settle(&plan, at: 601) == [
        .delete(account: "sync1", id: "id-sync1"),
        .create(account: "sync1", users: Self.people(0..<3).sorted()),
      ])
  }

  @Test func whatIsGoneIsNotSilent() {
    var plan = SubscriptionPlanTests.plan(1, checkEvery: .seconds(60))
    plan.watch(Self.people(0..<3), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    let user = Self.people(0..<1).first!
    let check = plan.next(now: Self.at(61)).first { $0.account != nil }!
    #expect(plan.untold([user: Self.at(50)], now: Self.at(62)).rebuilt == 1)
    plan.finished(check, .gone, now: Self.at(63))
    _ = Self.settle(&plan, at: 63)
    #expect(plan.uncovered(now: Self.at(64)).isEmpty, "the new one is trusted")
    // Nor is one whose account cannot sign in.
    let next = plan.next(now: Self.at(130)).first { $0.account != nil }!
    plan.finished(
      next, .failed(SubscriptionFailure(kind: .signIn, reason: "50057", hint: "")), now: Self.at(130))
    #expect(plan.untold([user: Self.at(120)], now: Self.at(220)) == Plan.Untold())
  }

  @Test func whatHasExpiredIsNeitherSilentNorToBeRebuilt() {
    var plan = SubscriptionPlanTests.plan(1)
    plan.watch(Self.people(0..<3), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    // Silent, and cannot be deleted before it ends.
    _ = plan.untold(["u00001": Self.at(100)], now: Self.at(200))
    let delete = plan.next(now: Self.at(200)).first { $0.account != nil }
    #expect(delete == .delete(account: "sync1", id: "id-sync1"))
    var outage = SubscriptionPlanTests.outage
    outage.retryAfter = .seconds(3600)
    plan.finished(delete!, .failed(outage), now: Self.at(200))
    #expect(
      Self.settle(&plan, at: 3900) == [.create(account: "sync1", users: Self.people(0..<3).sorted())],
      "made once, and not made anew at once")
    #expect(plan.uncovered(now: Self.at(3901)).isEmpty)
  }

  @Test func aSilentSubscriptionIsMadeAnewAndItsPeoplePolledUntilItSpeaks() {
    var plan = SubscriptionPlanTests.plan(2)
    plan.watch(Self.people(0..<700), now: Self.at(0))
    _ = Self.settle(&plan, at: 1)
    let user = Self.people(10..<11).first!
    // Known only from before it lived: that proves nothing.
    #expect(plan.untold([user: Self.at(0.5)], now: Self.at(100)) == Plan.Untold(silent: [], rebuilt: 0))
    #expect(
      plan.untold([user: Self.at(50)], now: Self.at(100)) == Plan.Untold(silent: ["id-sync1"], rebuilt: 1))
    #expect(plan.uncovered(now: Self.at(100)).count == 650, "the other account's people are still pushed")
    #expect(plan.next(now: Self.at(100)).contains(.poll(Self.people(0..<650).sorted())), "at once")
    plan.finished(.delete(account: "sync1", id: "id-sync1"), .deleted, now: Self.at(100))
    #expect(Self.settle(&plan, at: 101).map(\.account) == ["sync1"])
    #expect(plan.uncovered(now: Self.at(102)).count == 650, "a new one has to prove itself")
    // Still silent: not made anew all the time.
    #expect(
      plan.untold([user: Self.at(150)], now: Self.at(300)) == Plan.Untold(silent: ["id-sync1"], rebuilt: 0))
    #expect(
      plan.untold([user: Self.at(250)], now: Self.at(1300)) == Plan.Untold(silent: ["id-sync1"], rebuilt: 1))
    _ = Self.settle(&plan, at: 1301)
    #expect(plan.untold([user: Self.at(1400)], now: Self.at(1300 + 2399)).rebuilt == 0, "ever more rarely")
    plan.heard("ID-sync1")
    #expect(plan.uncovered(now: Self.at(3700)).isEmpty)
  }
}
