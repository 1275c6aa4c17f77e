// What `presence-gateway doctor` asks a plugin: every link to the real system, tried now, changing nobody's presence.

/// One link that was tried.
public struct ProbeResult: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case ok(detail: String?)
    /// What happened, and in one sentence what to do about it.
    case failed(reason: String, remedy: String)
    /// Could not be tried, e.g. because an earlier link failed.
    case skipped(reason: String)
  }
  /// Short and stable, such as "token sync1@contoso.example".
  public let name: String
  public let state: State
  public init(_ name: String, _ state: State) {
    self.name = name
    self.state = state
  }
}

public protocol Probing: Plugin {
  /// Tells each result as it comes, in an order that makes sense to read. Called instead of `run`, on an instance
  /// whose routes are bound; must end by itself.
  func probe(_ tell: @escaping @Sendable (ProbeResult) -> Void) async
}
