// What can be made to go wrong with one simulated PBX.

public struct PBXFaults: Sendable, Hashable {
  /// Logs in with a password that the gateway does not know, from the next dial on.
  public var wrongPassword = false
  /// Reads and says nothing, like a hanging process; what piles up is worked off when it ends.
  public var hanging = false
  /// Every message of the PBX is held back this long; the order stays.
  public var delay: Duration = .zero
  /// Requests, by their `mt`, that are answered with this error.
  public var refused: [String: String] = [:]
  /// Requests, by their `mt`, that are never answered.
  public var unanswered: Set<String> = []
  public init() {}
}

/// How far one PBX has come, for start-up lines and tests.
public struct PBXStatus: Sendable, Hashable {
  public var connected = false
  public var loggedIn = false
  public var dials = 0
  public var logins = 0
  /// User rows handed out since the last login.
  public var replicatedRows = 0
  /// Presence subscriptions that are let through.
  public var subscriptions = 0
  /// Presence and calls written for users who are homed here, and for users who are not.
  public var writes = 0
  public var strayWrites = 0
  /// Why the last connection failed or ended, without secrets.
  public var lastFailure: String?
  public init() {}
}
