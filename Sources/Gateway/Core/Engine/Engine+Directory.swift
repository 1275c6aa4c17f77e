// How the engine takes in directories: who is who, whom to watch, whom to take leave of.

import PluginAPI

extension Engine {
  mutating func apply(_ change: DirectoryChange, of plugin: Int) {
    switch change {
    case .snapshot(let users):
      directories[plugin] = KnownUsers(users.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
      heardDirectory[plugin] = true
      hasHeardAll = heardDirectory.allSatisfy { $0 }
    case .upsert(let users): for user in users { directories[plugin][user.id] = user }
    case .remove(let users):
      let gone = Set(users)
      directories[plugin].removeAll { gone.contains($0.key) }
    }
  }

  /// After one or several directory changes: who is who now, whom to watch, what to show or take back.
  mutating func rematch(now: Moment) -> [Effect] {
    let overrides = setup.overrides.rows.isEmpty ? nil : setup.overrides
    people = PeopleMatcher(rules: setup.match, overrides: overrides, plugins: setup.plugins.map(\.id))
      .match(directories)
    for plugin in tables.indices {
      tables[plugin].reserve(directories[plugin].count)
      outboxes[plugin]?.reserve(directories[plugin].count)
      for slot in tables[plugin].person.indices { tables[plugin].person[slot] = -1 }
    }
    slotsOfPeople = []
    slotsOfPeople.reserveCapacity(people.people.count * tables.count)
    for (number, person) in people.people.enumerated() {
      for (plugin, user) in person.users.enumerated() {
        guard let user else {
          slotsOfPeople.append(-1)
          continue
        }
        let slot = tables[plugin].slot(for: user)
        tables[plugin].person[slot] = Int32(number)
        slotsOfPeople.append(Int32(slot))
      }
    }
    admits = setup.routes.map(admissions)
    indexPauses()
    var effects = newRosters(now: now)
    effects += forgetStrangers(now: now)
    for sink in setup.plugins.indices { decideEverybody(in: sink, now: now) }
    effects += pump(now: now)
    return effects
  }

  /// Users who left while the gateway was away: nothing that they said counts any more.
  private mutating func forgetStrangers(now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for (plugin, part) in setup.plugins.enumerated() where part.hasDirectory && heardDirectory[plugin] {
      for slot in tables[plugin].sources.indices where tables[plugin].sources[slot].isRemembered {
        let user = tables[plugin].ids[slot]
        guard directories[plugin][user] == nil else { continue }
        tables[plugin].sources[slot] = UserTable.SourceState()
        effects.append(.said(plugin: plugin, user: user, nil, since: now))
      }
    }
    return effects
  }

  private mutating func newRosters(now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for plugin in setup.plugins.indices where !routesFrom[plugin].isEmpty || rosters[plugin] != nil {
      let users = people.people.indices.compactMap { number in
        let person = people.people[number]
        let isWatched = routesFrom[plugin].contains { route in
          person.users[setup.routes[route].to] != nil && admits[route]?[number] ?? true
        }
        return isWatched ? person.users[plugin] : nil
      }
      let roster = RosterSnapshot(users: Set(users))
      // Nobody, as long as not everybody has been asked, is no answer yet.
      if users.isEmpty, rosters[plugin] == nil, !hasHeardAll { continue }
      guard roster != rosters[plugin] else { continue }
      rosters[plugin] = roster
      polls[plugin]?.watch(roster.users, now: now)
      effects.append(.roster(plugin: plugin, roster))
    }
    return effects
  }

  /// Whom the filters of a route let through; nil: everybody.
  private func admissions(of part: EngineSetup.RoutePart) -> [Bool]? {
    let (only, except) = (part.terms.only, part.terms.except)
    if only == nil && except == nil { return nil }
    return people.people.map { person in
      let users = zip(directories, person.users).compactMap { users, id in id.flatMap { users[$0] } }
      return only?.fits(users) ?? true && !(except?.fits(users) ?? false)
    }
  }
}
