// An answer to a poll may be older than a push that overtook it: remembers who was pushed while a poll was open.

import PluginAPI

/// Bounded by the people in open polls.
actor RecentPushes {
  private var open: [Int: (asked: Set<UserID>, pushed: Set<UserID>)] = [:]
  private var next = 0

  func open(_ users: [UserID]) -> Int {
    next += 1
    open[next] = (Set(users), [])
    return next
  }

  func note(_ users: [UserID]) {
    for ticket in open.keys {
      for user in users where open[ticket]?.asked.contains(user) == true { open[ticket]?.pushed.insert(user) }
    }
  }

  /// Who was pushed since `open`.
  func close(_ ticket: Int) -> Set<UserID> { open.removeValue(forKey: ticket)?.pushed ?? [] }
}
