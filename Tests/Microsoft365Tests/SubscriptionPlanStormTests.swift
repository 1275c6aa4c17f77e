// The plan under seeded storms: people and accounts come and go, Microsoft loses, refuses and forgets. Whatever happens, an
// account has one step under way, nobody is in two shares, and in calm everybody who fits is pushed.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(2))) struct SubscriptionPlanStormTests {
  /// Microsoft, with one subscription for each account.
  private struct Microsoft {
    struct Held {
      var id: String
      var users: Set<UserID>
      var expires: Moment
      /// Made by the plan, with secrets that are still known.
      var isKnown: Bool
    }
    var held: [String: Held] = [:]
    var dead: Set<String> = []
    var made = 0

    mutating func answer(_ step: SubscriptionPlan.Step, now: Moment) -> SubscriptionPlan.Outcome {
      guard let account = step.account else { return .swept }
      held = held.filter { $0.value.expires > now }
      if dead.contains(account) {
        return .failed(SubscriptionFailure(kind: .signIn, reason: "50057", hint: "enable it"))
      }
      let expires = now + .seconds(3540)
      switch step {
      case .sweep(_, let everything):
        if let found = held[account], found.isKnown, !everything {
          return .adopted(id: found.id, users: found.users, expires: found.expires)
        }
        held[account] = nil
        return .swept
      case .create(_, let users):
        guard held[account] == nil else { return .conflict(with: .unseen) }
        made += 1
        held[account] = Held(id: "s\(made)", users: Set(users), expires: expires, isKnown: true)
        return .created(id: "s\(made)", expires: expires)
      case .renew(_, let id):
        guard held[account]?.id == id else { return .gone }
        held[account]?.expires = expires
        return .renewed(expires: expires)
      case .check(_, let id):
        guard let found = held[account], found.id == id else { return .gone }
        return .checked(expires: found.expires)
      case .delete(_, let id):
        if held[account]?.id == id { held[account] = nil }
        return .deleted
      case .poll: return .swept
      }
    }
  }

  @Test(arguments: 1...8) func storm(_ seed: Int) {
    var dice = SplitMix64(seed: UInt64(seed))
    let all = SubscriptionPlanTests.people(0..<2400).sorted()
    let names = (1...4).map { "sync\($0)" }
    var (people, accounts) = (Set(all.prefix(1900)), Array(names.prefix(3)))
    var microsoft = Microsoft()
    var plan = SubscriptionPlan(
      accounts: accounts,
      timing: .init(renewEvery: .seconds(600), checkEvery: .seconds(60), fallbackInterval: .seconds(20)))
    var now = Moment(nanoseconds: 0)
    var underWay: [SubscriptionPlan.Step] = []
    plan.watch(people, now: now)

    func look() {
      var seen: Set<UserID> = []
      for account in plan.accounts {
        #expect(account.share.count <= SubscriptionPlan.capacity && account.share.isSubset(of: people))
        #expect(seen.isDisjoint(with: account.share), "nobody is in two shares")
        seen.formUnion(account.share)
      }
      let busy = underWay.compactMap(\.account)
      #expect(Set(busy).count == busy.count, "one step for an account")
    }
    func pump(losing: Bool) {
      underWay += plan.next(now: now).filter { $0.account != nil }
      look()
      for step in underWay.shuffled(using: &dice) where !losing || !dice.chance(1 / 3) {
        underWay.removeAll { $0 == step }
        var outcome = microsoft.answer(step, now: now)
        // The answer is lost, perhaps after it took effect.
        if losing, dice.chance(1 / 12) {
          var failure = SubscriptionPlanTests.outage
          failure.isUncertain = true
          outcome = .failed(failure)
        }
        plan.finished(step, outcome, now: now)
      }
    }

    for _ in 0..<150 {
      now = now + .milliseconds(Int(dice.next() % 40_000))
      switch dice.next() % 9 {
      case 0: people.subtract(people.shuffled(using: &dice).prefix(20))
      case 1: people.formUnion(all.shuffled(using: &dice).prefix(20))
      case 2: microsoft.held[names.randomElement(using: &dice)!] = nil
      case 3: microsoft.dead.insert(names.randomElement(using: &dice)!)
      case 4: microsoft.dead.remove(names.randomElement(using: &dice)!)
      case 5:
        accounts = names.filter { _ in !dice.chance(1 / 4) }
        plan.use(accounts, now: now)
      case 6: _ = plan.untold([people.randomElement(using: &dice)!: now], now: now)
      case 7:
        if let live = plan.accounts.randomElement(using: &dice)?.live {
          let events: [LifecycleEvent] = [.reauthorizationRequired, .subscriptionRemoved, .missed, .unknown]
          _ = plan.lifecycle(events.randomElement(using: &dice)!, id: live.id, now: now)
        }
      default:
        if let name = microsoft.held.keys.sorted().randomElement(using: &dice) {
          microsoft.held[name]?.isKnown = false
        }
      }
      plan.watch(people, now: now)
      pump(losing: true)
    }

    // Calm: everybody can sign in, and what lives speaks.
    microsoft.dead = []
    accounts = names
    plan.use(accounts, now: now)
    let end = now + .seconds(3 * 3600)
    while now < end {
      pump(losing: false)
      for account in plan.accounts { if let live = account.live { plan.heard(live.id) } }
      now = max(now + .milliseconds(1), min(plan.nextWake() ?? end, end))
    }
    pump(losing: false)
    #expect(plan.homeless == max(0, people.count - 4 * SubscriptionPlan.capacity))
    #expect(plan.uncovered(now: now).count == plan.homeless, "whoever has a place is pushed")
    for account in plan.accounts {
      #expect(account.live?.id == microsoft.held[account.name]?.id)
      #expect(account.live.map { account.share.isSubset(of: $0.users) } ?? account.share.isEmpty)
    }
  }
}
