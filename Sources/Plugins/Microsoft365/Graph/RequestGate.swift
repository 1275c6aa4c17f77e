// Where requests wait for their application's budget: reading and writing share one when they use one registration.

import PluginAPI

actor RequestGate {
  /// A longer wait is told to the core, which can do better than hold a request meanwhile.
  static let longestWait = Duration.seconds(30)

  private let rate: Limits.Rate
  private let context: PluginContext
  private let metrics: PluginMetrics
  private var budgets: [String: RequestBudget] = [:]

  init(rate: Limits.Rate, context: PluginContext, metrics: PluginMetrics) {
    self.rate = rate
    self.context = context
    self.metrics = metrics
  }

  /// Returns when the application may send: the moment counts as that of the sending.
  func pass(_ application: String, takesBack: Bool = false) async throws(GraphError) -> Moment {
    let limit = context.clock.now + Self.longestWait
    while let ready = change(application, { $0.take(takesBack: takesBack, now: $1) }) {
      guard ready <= limit else { throw .paused(ready - context.clock.now) }
      do { try await context.clock.sleep(until: ready) } catch {
        throw .transport(.cancelled, host: "Microsoft Graph")
      }
    }
    return context.clock.now
  }

  func refused(_ application: String, sent: Moment, retryAfter: Duration?) {
    let until = change(application) { $0.throttled(sent: sent, retryAfter: retryAfter, now: $1) }
    guard let until else { return }
    metrics.countPause()
    let seconds = (until - context.clock.now).inSeconds
    context.logger.warning(
      "Microsoft asks for a pause",
      metadata: ["application": "\(application)", "seconds": "\((seconds * 10).rounded() / 10)"])
  }

  func served(_ application: String, sent: Moment) {
    change(application) { budget, _ in budget.served(sent: sent) }
  }

  @discardableResult
  private func change<Result>(
    _ application: String, _ body: (inout RequestBudget, Moment) -> Result
  ) -> Result {
    let now = context.clock.now
    let result = body(&budgets[application, default: RequestBudget(rate, now: now)], now)
    metrics.recordShare(budgets.values.map { $0.share(now: now) }.min() ?? 1)
    return result
  }
}
