// When a certificate or a client secret ends, and what is said about it, 30 days before and after. Pure.

import FoundationEssentials
import PluginAPI

struct CredentialExpiry: Sendable, Hashable {
  enum Kind: String, Sendable, Hashable {
    case certificate
    case secret = "client secret"
  }
  static let warnBefore = 30

  let kind: Kind
  let date: Date
  /// The application it belongs to.
  let clientID: String

  /// Whole days that are left; negative when it has ended.
  func days(now: Date) -> Int { Int((date.timeIntervalSince(now) / 86_400).rounded(.down)) }
  func isNear(now: Date) -> Bool { days(now: now) <= Self.warnBefore }

  func state(now: Date) -> Check.State {
    let (days, day) = (days(now: now), graphText(date).prefix(10))
    if days < 0 { return .failing(reason: "the \(kind.rawValue) expired on \(day)", remedy: remedy) }
    guard isNear(now: now) else { return .ok(detail: "\(kind.rawValue) until \(day)") }
    let left = days == 0 ? "today" : days == 1 ? "tomorrow" : "in \(days) days, on \(day)"
    return .ok(detail: "warning: the \(kind.rawValue) expires \(left): \(remedy)")
  }

  private var remedy: String {
    switch kind {
    case .certificate: "make a new one, upload it to application \(clientID), and replace the files"
    case .secret: "create a new one for application \(clientID), enter its value, and its date here"
    }
  }
}
