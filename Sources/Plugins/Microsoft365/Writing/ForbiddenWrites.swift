// Whether a 403 to a write is about one person or about everybody: Graph uses it for both (B.5) and does not say. Pure.

import PluginAPI

struct ForbiddenWrites: Sendable {
  enum Verdict: Sendable, Hashable {
    case onePerson
    case everybody
  }
  /// After which a person's update is tried again.
  static let retryAfter = Duration.seconds(600)

  private var hasServed = false
  /// Before anybody was served: bounded by the people.
  private var refused: Set<UserID> = []
  private var isEverybodys = false

  /// Graph took a write. True when it was believed to take none.
  mutating func served() -> Bool {
    hasServed = true
    refused = []
    defer { isEverybodys = false }
    return isEverybodys
  }

  /// Graph refused a write for this person. `lacksRole`: the token itself says that the permission is missing.
  mutating func refused(_ user: UserID, lacksRole: Bool) -> Verdict {
    if !lacksRole {
      guard !hasServed else { return .onePerson }
      // Somebody who was refused before makes room: the next may be served.
      guard refused.insert(user).inserted, refused.count > 1 else { return .onePerson }
    }
    isEverybodys = true
    return .everybody
  }
}

/// What is known of it by all writes under way, and the check that says so.
actor WriteRefusals {
  private var known = ForbiddenWrites()
  private let health: any HealthReporter

  init(health: any HealthReporter) { self.health = health }

  func served() {
    if known.served() { health.report(Check(TeamsWriter.checkName, .ok(detail: nil))) }
  }
  func refused(_ user: UserID, lacksRole: Bool, _ failure: PluginFailure) -> ForbiddenWrites.Verdict {
    let verdict = known.refused(user, lacksRole: lacksRole)
    if verdict == .everybody {
      let state = Check.State.failing(reason: failure.reason, remedy: failure.hint)
      health.report(Check(TeamsWriter.checkName, state))
    }
    return verdict
  }
}
