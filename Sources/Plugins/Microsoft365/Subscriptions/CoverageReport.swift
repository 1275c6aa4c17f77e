// What the check "subscriptions" says: who is pushed, who is only polled, and why.

import PluginAPI

struct CoverageReport: Sendable, Equatable {
  let check: Check
  let subscriptions: Int
  let uncovered: Int

  /// `pollsToo`: that everybody is only polled is as good.
  init(_ plan: SubscriptionPlan, pollsToo: Bool = false, now: Moment) {
    let people = plan.people.count
    uncovered = plan.uncovered(now: now).count
    subscriptions = plan.liveCount(now: now)
    let covered = people - uncovered
    let failed = plan.accounts.first { $0.failure != nil }
    let silent = plan.accounts.first { $0.isSilent }
    let polled = "\(grouped(uncovered)) of \(grouped(people)) people are polled"
    let state: Check.State
    if !plan.knowsPeople {
      state = .pending(progress: "waiting for the people of both systems")
    } else if people == 0 {
      state = .ok(detail: "nobody to watch")
    } else if uncovered == 0 {
      state = .ok(detail: "\(grouped(people)) people in \(Self.number(subscriptions, "subscription"))")
    } else if plan.accounts.isEmpty {
      let reason = "there is no account; \(polled)"
      state =
        pollsToo
        ? .ok(detail: reason) : .failing(reason: reason, remedy: "add an account, or write `mode: poll`")
    } else if let failed, let failure = failed.failure {
      state = .failing(reason: "\(failed.name): \(failure.reason); \(polled)", remedy: failure.hint)
    } else if let silent {
      state = .failing(
        reason: "\(silent.name): changes were seen that no notification told; \(polled)",
        remedy:
          "nothing to do: the subscription is made anew; if it lasts, look at Microsoft's service health "
          + "and at the way from Microsoft to the webhook")
    } else if plan.homeless > 0, covered == people - plan.homeless {
      let missing = (plan.homeless + SubscriptionPlan.capacity - 1) / SubscriptionPlan.capacity
      state = .failing(
        reason: "\(grouped(covered)) of \(grouped(people)) people fit into "
          + "\(Self.number(plan.accounts.count, "account")); \(grouped(plan.homeless)) are polled",
        remedy: "add \(Self.number(missing, "account")) under read.accounts")
    } else {
      state = .pending(progress: "\(grouped(covered)) of \(grouped(people)) people")
    }
    // While somebody is pushed, or nobody is asked for, the rest is a warning: everybody is polled at least.
    check = Check("subscriptions", state, required: subscriptions == 0 && !pollsToo)
  }

  private static func number(_ count: Int, _ word: String) -> String {
    "\(grouped(count)) \(word)\(count == 1 ? "" : "s")"
  }
}
