// Whom a route is for: groups and patterns of a route's `only:` and `except:`.

import PluginAPI

/// Fits a person who is in one of the groups, or one of whose ids, identities or names fits a pattern.
struct PeopleFilter: Sendable, Hashable {
  /// Lower case.
  private let groups: Set<String>
  private let people: [GlobPattern]

  init(groups: [String], people: [String]) {
    self.groups = Set(groups.map { $0.lowercased() })
    self.people = people.map { GlobPattern($0) }
  }

  /// `users` are the person's accounts in all systems.
  func fits(_ users: some Sequence<DirectoryUser>) -> Bool {
    users.contains { user in
      if !groups.isEmpty, user.groups.contains(where: { groups.contains($0.lowercased()) }) { return true }
      return people.contains { pattern in
        pattern.matches(user.id.rawValue) || pattern.matches(user.displayName)
          || user.identities.contains { pattern.matches($0.value) }
      }
    }
  }
}
