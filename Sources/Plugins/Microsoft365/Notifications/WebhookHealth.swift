// The check "webhook": pending until it is certain that Microsoft has reached us.

import PluginAPI

actor WebhookHealth {
  static let checkName = "webhook"
  static let unproven = "notifications come without a validation token"

  private let url: String
  private let health: any HealthReporter
  private var isUnproven = false

  init(url: String, health: any HealthReporter) {
    self.url = url
    self.health = health
  }

  /// Also after a failure of whatever keeps the subscriptions: that says nothing of what Microsoft sends.
  func begin() { report(isUnproven ? Self.noTokens : .pending(progress: nil)) }

  /// Microsoft made a subscription, for which it asked us: that says nothing of what it will send. Anybody can post
  /// a validation request.
  func made() { report(isUnproven ? Self.noTokens : well) }
  /// A proven notification came.
  func heard() {
    isUnproven = false
    report(well)
  }
  func unprovenCame() {
    isUnproven = true
    report(Self.noTokens)
  }
  func unreachable(_ failure: SubscriptionFailure) {
    report(.failing(reason: failure.reason, remedy: failure.hint))
  }

  private var well: Check.State { .ok(detail: "Microsoft reaches \(url)") }
  private static let noTokens = Check.State.failing(
    reason: "\(unproven), and are dropped; whom they are about is polled",
    remedy: "switch \"Assignment required\" off in the properties of the reading enterprise application")
  private func report(_ state: Check.State) {
    health.report(Check(Self.checkName, state, required: false))
  }
}
