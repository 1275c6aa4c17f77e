// Drives the plan: takes accounts, rosters, outcomes and news in, carries steps out, reports coverage.

import FoundationEssentials
import PluginAPI

struct SubscriptionKeeper: Sendable {
  private enum Input: Sendable {
    case accounts([ReadingAccount])
    case people(Set<UserID>)
    case news(SubscriptionBook.News)
    case finished(SubscriptionPlan.Step, SubscriptionPlan.Outcome)
    case tick(Moment)
    /// Suspicions are old enough.
    case judge
  }

  let calls: SubscriptionCalls
  let context: PluginContext
  let metrics: PluginMetrics
  let webhook: WebhookHealth
  let accounts: ReadingAccounts
  let memory: PresenceMemory
  let mode: ReadingMode
  let timing: SubscriptionPlan.Timing

  /// Until cancelled; then our subscriptions are deleted.
  func run(_ roster: any Roster) async throws {
    // Stays short: rosters and lifecycle notifications are coalesced before it, and an account has one step at most.
    let (inputs, feed) = AsyncStream.makeStream(of: Input.self)
    let news = await calls.book.news()
    let lists = await accounts.snapshots()
    let remembered = await calls.book.remembered()
    let known = await accounts.current
    var signIns = Dictionary(known.map { ($0.name, [$0.signIn]) }, uniquingKeysWith: { first, _ in first })
    let pollsToo = mode.options.mode == .auto
    var plan = SubscriptionPlan(accounts: known.map(\.name), timing: timing, remembered: remembered)
    await withDiscardingTaskGroup { group in
      group.addTask { for await snapshot in roster.snapshots() { feed.yield(.people(snapshot.users)) } }
      group.addTask { for await list in lists { feed.yield(.accounts(list)) } }
      group.addTask { for await news in news { feed.yield(.news(news)) } }
      var armed: Moment?
      let expiry = metrics.subscriptionExpiry()
      // At once: who asks whether everything is ready must not find that nothing is amiss.
      var reported = CoverageReport(plan, pollsToo: pollsToo, now: context.clock.now)
      context.health.report(reported.check)
      for await input in inputs {
        switch input {
        case .tick(let moment) where armed == moment: armed = nil
        case .news(.suspicion(let due)):
          group.addTask {
            try? await context.clock.sleep(until: due)
            feed.yield(.judge)
          }
        case .accounts(let list):
          // One that has left is needed until its subscription is gone.
          signIns.merge(list.map { ($0.name, [$0.signIn]) }) { $1 }
          context.health.report(mode.check(accounts: list.count))
          plan.use(list.map(\.name), remembered: remembered, now: context.clock.now)
        default: await handle(input, &plan)
        }
        for step in plan.next(now: context.clock.now) {
          if case .poll(let users) = step {
            context.inlet.requestPoll(users)
          } else {
            let signIn = step.account.flatMap { signIns[$0] } ?? []
            group.addTask { feed.yield(.finished(step, await calls.perform(step, as: signIn))) }
          }
        }
        if let wake = plan.nextWake(), wake < armed ?? Moment(nanoseconds: .max) {
          armed = wake
          group.addTask {
            try? await context.clock.sleep(until: wake)
            feed.yield(.tick(wake))
          }
        }
        await accounts.carry(loads(plan))
        expiry.record(plan.firstEnd.map(date))
        let report = CoverageReport(plan, pollsToo: pollsToo, now: context.clock.now)
        if report != reported {
          reported = report
          context.health.report(report.check)
          metrics.recordCoverage(subscriptions: report.subscriptions, uncovered: report.uncovered)
        }
      }
      // What comes after it may not subscribe, and tells nothing of that.
      expiry.record(nil)
      metrics.recordCoverage(subscriptions: 0, uncovered: 0)
      group.cancelAll()
    }
    await leave(plan, signIns)
  }

  private func handle(_ input: Input, _ plan: inout SubscriptionPlan) async {
    let now = context.clock.now
    switch input {
    case .people(let users):
      plan.watch(users, now: now)
      await memory.keep(only: users)
    case .news(.lifecycle(let event, let id)):
      context.logger.info("Lifecycle notification", metadata: ["event": "\(event)", "subscription": "\(id)"])
      let users = plan.lifecycle(event, id: id, now: now)
      if event == .subscriptionRemoved, !users.isEmpty { await calls.book.remove(id) }
      if !users.isEmpty { context.inlet.requestPoll(users) }
    case .news(.heard(let id)): plan.heard(id)
    case .news(.mended): plan.release()
    case .judge:
      let untold = plan.untold(await memory.untold(), now: now)
      guard !untold.silent.isEmpty else { return }
      for id in untold.silent { await calls.book.await(id) }
      metrics.countSilence(untold.rebuilt)
      context.logger.warning(
        "Changes were seen that no notification told",
        metadata: ["subscriptions": "\(untold.silent.count)", "rebuilt": "\(untold.rebuilt)"])
    case .finished(let step, let outcome):
      let before = plan.failure(of: step.account)
      plan.finished(step, outcome, now: now)
      await follow(step, outcome, plan, before: before)
    case .tick, .accounts, .news: break
    }
  }

  private func follow(
    _ step: SubscriptionPlan.Step, _ outcome: SubscriptionPlan.Outcome, _ plan: SubscriptionPlan,
    before: SubscriptionFailure?
  ) async {
    switch (step, outcome) {
    case (.create(let account, let users), .created(let id, _)):
      await webhook.made()
      if plan.accounts.contains(where: { $0.name == account && $0.isSilent }) { await calls.book.await(id) }
      // Whatever changed before the subscription lived was told by nobody.
      context.inlet.requestPoll(users)
    case (.sweep, .adopted(let id, let users, _)):
      context.logger.info("A subscription was taken over", metadata: ["subscription": "\(id)"])
      context.inlet.requestPoll(users.sorted())
    case (.delete(_, let id), .failed) where !plan.accounts.contains { $0.live?.id == id }:
      // Its account is gone, and nobody is left to delete it.
      await calls.book.remove(id)
    case (_, .failed(let failure)):
      if failure.kind == .unreachable { await webhook.unreachable(failure) }
      context.logger.log(
        level: failure.isRepeat(of: before) ? .debug : .warning, "A subscription step failed",
        metadata: ["account": "\(step.account ?? "")", "reason": "\(failure.reason)"])
    default: break
    }
  }

  private func loads(_ plan: SubscriptionPlan) -> [String: ReadingAccounts.Load] {
    let now = context.clock.now
    return Dictionary(
      plan.accounts.map { account in
        let people = account.covers(now: now).intersection(plan.people).count
        let expires = (account.live?.expires).map(date)
        return (account.name, ReadingAccounts.Load(people: people, subscriptionExpires: expires))
      }, uniquingKeysWith: { first, _ in first })
  }
  private func date(_ moment: Moment) -> Date {
    context.clock.date.addingTimeInterval((moment - context.clock.now).inSeconds)
  }

  /// Nothing of ours stays behind; time is short, and the next start sweeps what is missed here.
  private func leave(_ plan: SubscriptionPlan, _ signIns: [String: [SignIn]]) async {
    let calls = calls
    // Not a child: the caller is cancelled already, and its children would be too.
    await Task {
      await withTaskGroup(of: Void.self) { group in
        for account in plan.accounts {
          group.addTask {
            let signIn = signIns[account.name] ?? []
            if account.busy {
              let left = try? await calls.sweep(
                account.name, everything: false, as: signIn, timeout: .seconds(3))
              if case .adopted(let id, _, _) = left, id != account.live?.id {
                await calls.leave(id, as: signIn)
              }
            }
            if let live = account.live {
              await calls.leave(live.id, as: signIn)
            }
          }
        }
      }
    }.value
  }
}
