// The check "webhook": pending until Microsoft has reached us once.

import PluginAPI

struct WebhookHealth: Sendable {
  static let checkName = "webhook"
  let url: String
  let health: any HealthReporter

  func begin() { report(.pending(progress: nil)) }
  /// A validation request or a proven notification came.
  func reached() { report(.ok(detail: "Microsoft reaches \(url)")) }
  func unreachable(_ failure: SubscriptionFailure) {
    report(.failing(reason: failure.reason, remedy: failure.hint))
  }
  private func report(_ state: Check.State) {
    health.report(Check(Self.checkName, state, required: false))
  }
}
