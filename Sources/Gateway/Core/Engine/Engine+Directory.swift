// How the engine takes in directories: who is who, whom to watch, whom to take leave of.

import PluginAPI

extension Engine {
  mutating func apply(_ change: DirectoryChange, of plugin: Int) {
    switch change {
    case .snapshot(let users):
      directories[plugin] = Dictionary(users.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
      heardDirectory[plugin] = true
    case .upsert(let users): for user in users { directories[plugin][user.id] = user }
    case .remove(let users): for user in users { directories[plugin][user] = nil }
    }
  }

  /// After one or several directory changes: who is who now, whom to watch, what to show or take back.
  mutating func rematch(now: Moment) -> [Effect] {
    people = PeopleMatcher(rules: setup.match).match(directories)
    for plugin in tables.indices {
      for slot in tables[plugin].person.indices { tables[plugin].person[slot] = -1 }
    }
    for (number, person) in people.people.enumerated() {
      for (plugin, user) in person.users.enumerated() {
        guard let user else { continue }
        let slot = tables[plugin].slot(for: user)
        tables[plugin].person[slot] = Int32(number)
      }
    }
    var effects = newRosters(now: now)
    for sink in setup.plugins.indices where outboxes[sink] != nil {
      for slot in 0..<tables[sink].count { decide(sink: sink, slot: slot, since: nil, route: nil, now: now) }
    }
    effects += pump(now: now)
    return effects
  }

  private mutating func newRosters(now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for plugin in setup.plugins.indices where !routesFrom[plugin].isEmpty || rosters[plugin] != nil {
      let ends = routesFrom[plugin].map { setup.routes[$0].to }
      let users = people.people.compactMap { person in
        ends.contains { person.users[$0] != nil } ? person.users[plugin] : nil
      }
      let roster = RosterSnapshot(users: Set(users))
      // Nobody, as long as not everybody has been asked, is no answer yet.
      if users.isEmpty, rosters[plugin] == nil, !heardDirectory.allSatisfy({ $0 }) { continue }
      guard roster != rosters[plugin] else { continue }
      rosters[plugin] = roster
      polls[plugin]?.watch(roster.users, now: now)
      effects.append(.roster(plugin: plugin, roster))
    }
    return effects
  }
}
