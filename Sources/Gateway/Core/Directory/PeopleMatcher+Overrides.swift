// Overrides come before the rules: whom they name is matched or excluded, and no rule is asked any more.

import PluginAPI

extension PeopleMatcher {
  func apply(
    _ overrides: PeopleOverrides, open: inout [[UserID: DirectoryUser]], into index: inout PeopleIndex
  ) {
    // Users by everything they can be named by, for those plugins that are named at all.
    let named = Set(overrides.rows.lazy.flatMap(\.users).map(\.plugin))
    let tables = zip(plugins, open).map { id, users in named.contains(id) ? names(of: users) : [:] }
    for row in overrides.rows {
      var members: [Candidate] = []
      for name in row.users {
        guard let plugin = plugins.firstIndex(of: name.plugin) else { continue }
        let found =
          open[plugin][UserID(name.user)].map { [$0.id] } ?? tables[plugin][name.user.lowercased()] ?? []
        if found.count > 1 {
          index.idleOverrides.append(
            "line \(row.line): \(found.count) users of \(name.plugin) are called \(name.user)")
        } else if let user = found.first.flatMap({ open[plugin][$0] }) {
          members.append(Candidate(plugin: plugin, user: user))
        } else {
          index.idleOverrides.append("line \(row.line): \(name.plugin) has no active user \(name.user)")
        }
      }
      switch row.action {
      case .match:
        guard members.count >= 2 else { continue }
        add(members, to: &index)
      case .exclude(let reason):
        for member in members { index.standings[member.plugin][member.user.id] = .excluded(reason: reason) }
      }
      for member in members { open[member.plugin][member.user.id] = nil }
    }
  }

  private func names(of users: [UserID: DirectoryUser]) -> [String: [UserID]] {
    var names: [String: [UserID]] = [:]
    for user in users.values {
      for name in Set(user.identities.map { $0.value.lowercased() }) {
        names[name, default: []].append(user.id)
      }
    }
    return names
  }
}
