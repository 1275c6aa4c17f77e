// A rule adds users to the people whom earlier rules or overrides have found. With two plugins nobody is left to be
// added; of three, the third may share its identity with either of the others.

import PluginAPI

extension PeopleMatcher {
  private struct Place: Hashable {
    let person: Int
    let plugin: Int
  }
  private struct Claim {
    let user: UserID
    var values: [String] = []
    var places: Set<Place> = []
    /// By how many users the most crowded of the values is shared, where two of them are of one plugin.
    var crowd = 0
  }

  func extend(
    _ people: inout PeopleIndex, by rule: IdentityKind, open: inout [[UserID: DirectoryUser]],
    knowing directories: [KnownUsers]
  ) {
    guard people.people.contains(where: { $0.users.contains(nil) }) else { return }
    let holders = holders(of: rule, people, directories)
    var sharers = holders.mapValues { $0.map(\.plugin) }
    for (plugin, users) in open.enumerated() {
      for user in users.values {
        for value in values(of: user, for: rule) { sharers[value, default: []].append(plugin) }
      }
    }
    let claims = open.enumerated().flatMap { plugin, users in
      users.values.sorted { $0.id < $1.id }.compactMap { user in
        claim(of: user, in: plugin, by: rule, people, holders, sharers)
      }
    }
    let crowds = Dictionary(claims.flatMap(\.places).map { ($0, 1) }, uniquingKeysWith: +)
    for claim in claims {
      guard let place = claim.places.first else { continue }
      open[place.plugin][claim.user] = nil
      if claim.crowd > 0 {
        let reason = "\(claim.crowd) users share the \(rule.rawValue) \(claim.values[0])"
        people.standings[place.plugin][claim.user] = .ambiguous(reason: reason)
      } else if claim.places.count > 1 || crowds[place, default: 0] > 1 {
        let shared = claim.values.joined(separator: ", ")
        let reason = "several users are linked by more than one \(rule.rawValue): \(shared)"
        people.standings[place.plugin][claim.user] = .ambiguous(reason: reason)
      } else {
        people.people[place.person].users[place.plugin] = claim.user
        people.standings[place.plugin][claim.user] = .matched(place.person)
      }
    }
  }

  /// For each value the places whose users have it.
  private func holders(of rule: IdentityKind, _ people: PeopleIndex, _ directories: [KnownUsers]) -> [String:
    [Place]]
  {
    var holders: [String: [Place]] = [:]
    for (number, person) in people.people.enumerated() {
      for (plugin, id) in person.users.enumerated() {
        guard let user = id.flatMap({ directories[plugin][$0] }) else { continue }
        for value in values(of: user, for: rule) {
          holders[value, default: []].append(Place(person: number, plugin: plugin))
        }
      }
    }
    return holders
  }

  /// Nil for whom no person lacks.
  private func claim(
    of user: DirectoryUser, in plugin: Int, by rule: IdentityKind, _ people: PeopleIndex,
    _ holders: [String: [Place]], _ sharers: [String: [Int]]
  ) -> Claim? {
    var claim = Claim(user: user.id)
    for value in values(of: user, for: rule).sorted() {
      let persons = Set((holders[value] ?? []).map(\.person))
      let free = persons.filter { people.people[$0].users[plugin] == nil }
      guard !free.isEmpty else { continue }
      let sharers = sharers[value] ?? []
      let isCrowded = Set(sharers).count < sharers.count
      if isCrowded, sharers.count > claim.crowd {
        claim.crowd = sharers.count
        claim.values.insert(value, at: 0)
      } else {
        claim.values.append(value)
      }
      claim.places.formUnion(free.map { Place(person: $0, plugin: plugin) })
    }
    return claim.places.isEmpty ? nil : claim
  }
}
