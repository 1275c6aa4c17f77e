// The users a source must watch: matched people on routes that start there.

public protocol Roster: Sendable {
  /// The newest roster at once, then each newer one; a slow reader sees the newest, not all of them.
  func snapshots() -> AsyncStream<RosterSnapshot>
}

public struct RosterSnapshot: Sendable, Equatable {
  public let users: Set<UserID>
  public init(users: Set<UserID>) { self.users = users }
}
