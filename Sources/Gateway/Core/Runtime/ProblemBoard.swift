// What plugins say about single users, by plugin, user and topic. Bounded by people.

import PluginAPI

final class ProblemBoard: Sendable {
  private let entries = Locked<[String: [UserID: [String: UserProblem]]]>([:])

  func report(_ problem: UserProblem?, topic: String, of user: UserID, in plugin: String) {
    entries.withLock { entries in
      entries[plugin, default: [:]][user, default: [:]][topic] = problem
      if entries[plugin]?[user]?.isEmpty == true { entries[plugin]?[user] = nil }
    }
  }
  func forget(_ plugin: String) { entries.withLock { $0[plugin] = nil } }
  /// By topic.
  func problems(of user: UserID, in plugin: String) -> [String: UserProblem] {
    entries.withLock { $0[plugin]?[user] ?? [:] }
  }
  func users(in plugin: String) -> Set<UserID> { entries.withLock { Set(($0[plugin] ?? [:]).keys) } }
  /// How many users have any problem.
  func count(in plugin: String) -> Int { entries.withLock { $0[plugin]?.count ?? 0 } }
}
