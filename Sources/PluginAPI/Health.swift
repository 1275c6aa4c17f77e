// The check marks: what a plugin says about its own state, for start-up lines, `/readyz` and the admin page.

public struct Check: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    /// Under way; `progress` is a count such as "650 of 1,951 users".
    case pending(progress: String?)
    case ok(detail: String?)
    /// Not working: what happened, and in one sentence what to do about it.
    case failing(reason: String, remedy: String)
  }
  /// Short and stable, such as "reading sign-in sync1@contoso.example".
  public let name: String
  public let state: State
  /// Whether the gateway is unready without it.
  public let required: Bool

  public init(_ name: String, _ state: State, required: Bool = true) {
    self.name = name
    self.state = state
    self.required = required
  }
}

public protocol HealthReporter: Sendable {
  /// Replaces the check of the same name.
  func report(_ check: Check)
  func remove(_ name: String)
}
