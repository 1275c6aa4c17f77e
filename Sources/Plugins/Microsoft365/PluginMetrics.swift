// The plugin's figures. Labels are bounded: calls, status classes and results, never a person.

import CoreMetrics
import FoundationEssentials
import PluginAPI

struct PluginMetrics: Sendable {
  /// What became of a notification, or of a whole request that brought none.
  enum Notification: String, Sendable, CaseIterable {
    case accepted, validation, lifecycle, users, garbage, overload
    case unknownSubscription = "unknown_subscription"
    case wrongClientState = "wrong_client_state"
    case wrongToken = "wrong_token"
    case undecryptable
  }

  private let notifications: [Notification: Counter]
  private let requests: [String: Counter]
  private let tokenFailures: [SignIn.Purpose: Counter]
  private let subscriptions: Gauge
  private let uncovered: Gauge
  private let silences: Counter
  private let pauses: Counter
  private let share: Gauge
  /// A date that is not known is no figure: these are made when there is one.
  private let gauge: @Sendable (_ name: String, _ labels: [(String, String)]) -> Gauge

  init(context: PluginContext) {
    @Sendable func label(_ name: String) -> String { "presence_gateway_microsoft365_\(name)" }
    let plugin = ("plugin", context.id)
    gauge = { Gauge(label: label($0), dimensions: [plugin] + $1, factory: context.metrics) }
    notifications = Dictionary(
      uniqueKeysWithValues: Notification.allCases.map { result in
        let labels = [plugin, ("result", result.rawValue)]
        return (
          result, Counter(label: label("notifications_total"), dimensions: labels, factory: context.metrics)
        )
      })
    var requests: [String: Counter] = [:]
    for call in GraphCall.allCases {
      for status in ["2xx", "4xx", "429", "5xx", "none"] {
        let labels = [plugin, ("call", call.rawValue), ("status", status)]
        requests[call.rawValue + status] = Counter(
          label: label("graph_requests_total"), dimensions: labels, factory: context.metrics)
      }
    }
    self.requests = requests
    tokenFailures = Dictionary(
      uniqueKeysWithValues: SignIn.Purpose.allCases.map { purpose in
        let labels = [plugin, ("sign_in", purpose.rawValue)]
        return (
          purpose, Counter(label: label("token_failures_total"), dimensions: labels, factory: context.metrics)
        )
      })
    subscriptions = Gauge(label: label("subscriptions"), dimensions: [plugin], factory: context.metrics)
    pauses = Counter(label: label("throttle_pauses_total"), dimensions: [plugin], factory: context.metrics)
    share = Gauge(label: label("request_share"), dimensions: [plugin], factory: context.metrics)
    uncovered = Gauge(label: label("uncovered_people"), dimensions: [plugin], factory: context.metrics)
    silences = Counter(
      label: label("silent_subscriptions_total"), dimensions: [plugin], factory: context.metrics)
  }

  func count(_ result: Notification, by amount: Int = 1) {
    if amount > 0 { notifications[result]?.increment(by: amount) }
  }
  /// `status` is nil when no answer came.
  func countRequest(_ call: GraphCall, status: Int?) {
    let word: String =
      switch status {
      case nil: "none"
      case 429?: "429"
      case let status?: status < 400 ? "2xx" : status < 500 ? "4xx" : "5xx"
      }
    requests[call.rawValue + word]?.increment()
  }
  /// Microsoft asked an application to wait.
  func countPause() { pauses.increment() }
  /// Of the whole rate, of the application that is held back most.
  func recordShare(_ share: Double) { self.share.record(share) }
  func countTokenFailure(_ purpose: SignIn.Purpose) { tokenFailures[purpose]?.increment() }
  func countSilence(_ rebuilt: Int) { if rebuilt > 0 { silences.increment(by: rebuilt) } }
  func credentialExpiry(_ purpose: SignIn.Purpose) -> ExpiryGauge {
    ExpiryGauge { [gauge] in gauge("credential_expires_timestamp_seconds", [("sign_in", purpose.rawValue)]) }
  }
  /// Of the token that ends first.
  func tokenExpiry(_ purpose: SignIn.Purpose) -> ExpiryGauge {
    ExpiryGauge { [gauge] in gauge("token_expires_timestamp_seconds", [("sign_in", purpose.rawValue)]) }
  }
  /// Of the subscription that ends first.
  func subscriptionExpiry() -> ExpiryGauge {
    ExpiryGauge { [gauge] in gauge("subscription_expires_timestamp_seconds", []) }
  }
  func recordCoverage(subscriptions count: Int, uncovered people: Int) {
    subscriptions.record(count)
    uncovered.record(people)
  }
}
