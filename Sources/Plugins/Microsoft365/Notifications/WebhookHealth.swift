// The check "webhook": pending until it is certain that Microsoft has reached us.

import PluginAPI

struct WebhookHealth: Sendable {
  static let checkName = "webhook"
  let url: String
  let health: any HealthReporter

  func begin() { report(.pending(progress: nil)) }
  static let unproven = "notifications come without a validation token"

  /// Microsoft made a subscription, for which it asked us; or a proven notification came. Anybody can post a
  /// validation request.
  func reached() { report(.ok(detail: "Microsoft reaches \(url)")) }
  func isUnproven() {
    report(
      .failing(
        reason: "\(Self.unproven), and are dropped; whom they are about is polled",
        remedy: "switch \"Assignment required\" off in the properties of the reading enterprise application"))
  }
  func unreachable(_ failure: SubscriptionFailure) {
    report(.failing(reason: failure.reason, remedy: failure.hint))
  }
  private func report(_ state: Check.State) {
    health.report(Check(Self.checkName, state, required: false))
  }
}
