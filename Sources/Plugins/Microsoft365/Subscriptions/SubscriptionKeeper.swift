// Drives the plan: takes rosters, outcomes and lifecycle notifications in, carries steps out, reports coverage.

import PluginAPI

struct SubscriptionKeeper: Sendable {
  private enum Input: Sendable {
    case people(Set<UserID>)
    case lifecycle(LifecycleEvent, String)
    case finished(SubscriptionPlan.Step, SubscriptionPlan.Outcome)
    case tick(Moment)
  }

  let calls: SubscriptionCalls
  let context: PluginContext
  let metrics: PluginMetrics
  let webhook: WebhookHealth
  let accounts: [String]
  let renewEvery: Duration
  let fallbackInterval: Duration

  /// Until cancelled; then our subscriptions are deleted.
  func run(_ roster: any Roster) async throws {
    // Stays short: rosters and lifecycle notifications are coalesced before it, and an account has one step at most.
    let (inputs, feed) = AsyncStream.makeStream(of: Input.self)
    let lifecycle = await calls.book.lifecycle()
    var plan = SubscriptionPlan(
      accounts: accounts, renewEvery: renewEvery, fallbackInterval: fallbackInterval)
    await withDiscardingTaskGroup { group in
      group.addTask { for await snapshot in roster.snapshots() { feed.yield(.people(snapshot.users)) } }
      group.addTask { for await (event, id) in lifecycle { feed.yield(.lifecycle(event, id)) } }
      var armed: Moment?
      // At once: who asks whether everything is ready must not find that nothing is amiss.
      var reported = CoverageReport(plan, now: context.clock.now)
      context.health.report(reported.check)
      for await input in inputs {
        if case .tick(let moment) = input, armed == moment { armed = nil }
        handle(input, &plan)
        for step in plan.next(now: context.clock.now) {
          if case .poll(let users) = step {
            context.inlet.requestPoll(users)
          } else {
            group.addTask { feed.yield(.finished(step, await calls.perform(step))) }
          }
        }
        if let wake = plan.nextWake(), wake < armed ?? Moment(nanoseconds: .max) {
          armed = wake
          group.addTask {
            try? await context.clock.sleep(until: wake)
            feed.yield(.tick(wake))
          }
        }
        let report = CoverageReport(plan, now: context.clock.now)
        if report != reported {
          reported = report
          context.health.report(report.check)
          metrics.recordCoverage(subscriptions: report.subscriptions, uncovered: report.uncovered)
        }
      }
      group.cancelAll()
    }
    await leave(plan)
  }

  private func handle(_ input: Input, _ plan: inout SubscriptionPlan) {
    let now = context.clock.now
    switch input {
    case .people(let users): plan.watch(users, now: now)
    case .lifecycle(let event, let id):
      context.logger.info("Lifecycle notification", metadata: ["event": "\(event)", "subscription": "\(id)"])
      let users = plan.lifecycle(event, id: id, now: now)
      if !users.isEmpty { context.inlet.requestPoll(users) }
    case .finished(let step, let outcome):
      plan.finished(step, outcome, now: now)
      if case .create(_, let users) = step, case .created = outcome {
        webhook.reached()
        // Whatever changed before the subscription lived was told by nobody.
        context.inlet.requestPoll(users)
      }
      if case .failed(let failure) = outcome {
        if failure.kind == .unreachable { webhook.unreachable(failure) }
        context.logger.warning(
          "A subscription step failed",
          metadata: ["account": "\(step.account ?? "")", "reason": "\(failure.reason)"])
      }
    case .tick: break
    }
  }

  /// Nothing of ours stays behind; time is short, and the next start sweeps what is missed here.
  private func leave(_ plan: SubscriptionPlan) async {
    let calls = calls
    // Not a child: the caller is cancelled already, and its children would be too.
    await Task {
      await withTaskGroup(of: Void.self) { group in
        for account in plan.accounts {
          group.addTask {
            if account.busy {
              try? await calls.sweep(account.name, everything: false, timeout: .seconds(3))
            }
            if let live = account.live {
              await calls.book.remove(live.id)
              try? await calls.delete(account.name, live.id, timeout: .seconds(3))
            }
          }
        }
      }
    }.value
  }
}
