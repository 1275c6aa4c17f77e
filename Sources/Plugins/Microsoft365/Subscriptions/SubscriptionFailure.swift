// Why a step for a subscription failed, and how long to leave it alone.

import PluginAPI

struct SubscriptionFailure: Error, Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case passing
    /// The account cannot sign in.
    case signIn
    /// 403: a permission is missing, or a lost subscription is still counted (for 1 to 3 hours).
    case forbidden
    /// 400: Microsoft could not validate the notification address.
    case unreachable
  }
  var kind: Kind
  var reason: String
  var hint: String
  var retryAfter: Duration?
  /// Whether the step may have had its effect.
  var isUncertain = false

  static let stubbornConflict = SubscriptionFailure(
    kind: .forbidden, reason: "the account has another presence subscription that cannot be deleted",
    hint: "use an account and an application that nothing else subscribes with")

  static func contested(by rival: Rival) -> SubscriptionFailure {
    SubscriptionFailure(
      kind: .forbidden, reason: "\(rival.text) subscribes with the same account",
      hint: "give each gateway accounts of its own, and list each account once")
  }

  init(kind: Kind, reason: String, hint: String, retryAfter: Duration? = nil, isUncertain: Bool = false) {
    self.kind = kind
    self.reason = reason
    self.hint = hint
    self.retryAfter = retryAfter
    self.isUncertain = isUncertain
  }

  init(_ error: GraphError, notificationURL: String) {
    let failure = error.failure
    self.init(
      kind: .passing, reason: failure.reason, hint: failure.hint, retryAfter: failure.retryDelay,
      isUncertain: error.isUncertain)
    switch error {
    case .signIn(let failure), .tokenRefused(let failure):
      if case .operatorAction = failure.remedy { kind = .signIn }
    case .refused(let refusal) where refusal.isSubscriptionLimit:
      kind = .forbidden
      hint =
        "nothing to do: Microsoft forgets the lost subscription within three hours; people are polled meanwhile"
    case .refused(let refusal) where refusal.status == 403: kind = .forbidden
    case .refused(let refusal) where refusal.status == 400:
      kind = .unreachable
      hint =
        "check that Microsoft reaches \(notificationURL): name, firewall, and a complete, publicly trusted "
        + "certificate chain"
    default: break
    }
  }

  /// Whether an administrator has been told already.
  func isRepeat(of earlier: SubscriptionFailure?) -> Bool {
    guard let earlier else { return false }
    return kind == earlier.kind
      && SupportReference.removed(from: reason) == SupportReference.removed(from: earlier.reason)
  }

  /// `attempt` counts failures in a row, from 0.
  func hold(attempt: Int) -> Duration {
    let (first, last) =
      switch kind {
      case .passing: (2, 120)
      // Asks nobody: the sign-in itself knows how long it is left alone.
      case .signIn: (10, 10)
      case .forbidden: (300, 1800)
      case .unreachable: (30, 300)
      }
    return max(.seconds(min(last, first << min(attempt, 10))), min(retryAfter ?? .zero, .seconds(3600)))
  }
}

/// Source: https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events
enum LifecycleEvent: Sendable, Hashable {
  case reauthorizationRequired, subscriptionRemoved, missed
  /// A later invention: answered by a poll.
  case unknown

  init(_ word: String) {
    switch word.lowercased() {
    case "reauthorizationrequired": self = .reauthorizationRequired
    case "subscriptionremoved": self = .subscriptionRemoved
    case "missed": self = .missed
    default: self = .unknown
    }
  }
}
