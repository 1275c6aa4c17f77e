// A failure of a whole call, with the remedy instead of a status code: only the plugin knows what its 403 means.

public struct PluginFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Remedy: Sendable, Hashable {
    /// Passing: again after the given time, or after the core's own back-off.
    case retry(after: Duration?)
    /// Pointless to repeat.
    case giveUp
    /// Somebody has to do something; retried rarely meanwhile. `hint` is one sentence for the administrator.
    case operatorAction(hint: String)
  }
  public let remedy: Remedy
  /// What happened, without secrets.
  public let reason: String

  public init(_ remedy: Remedy, _ reason: String) {
    self.remedy = remedy
    self.reason = reason
  }

  public var description: String {
    if case .operatorAction(let hint) = remedy { return "\(reason) — \(hint)" }
    return reason
  }
}
