// What a plugin says about single users: why this one is not in step, and what to do about it.

public struct UserProblem: Sendable, Hashable {
  public let reason: String
  /// One sentence for the administrator.
  public let remedy: String
  public init(reason: String, remedy: String) {
    self.reason = reason
    self.remedy = remedy
  }
}

public protocol UserReporter: Sendable {
  /// Replaces what was said about the user under this topic, such as "visibility"; nil: all is well again.
  func report(_ problem: UserProblem?, topic: String, of user: UserID)
}
