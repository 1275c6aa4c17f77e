// Who is who across plugins: ordered rules, never a guess, and a reason for everybody who is left out.

import PluginAPI

/// The people found in several directories. Plugins are numbered in the order of the configuration.
struct PeopleIndex: Sendable, Equatable {
  enum Standing: Sendable, Hashable {
    /// Index into `people`.
    case matched(Int)
    case unmatched
    case ambiguous(reason: String)
    case excluded(reason: String)
    case unlicensed(reason: String)
  }
  /// One human: for each plugin the user, or nil.
  struct Person: Sendable, Equatable {
    var name: String
    var users: [UserID?]
  }
  var people: [Person] = []
  /// For each plugin every user's standing; each user is in exactly one.
  var standings: [[UserID: Standing]]
  /// Overrides that have no effect, and why.
  var idleOverrides: [String] = []
}

/// Pure: directories in, people out. A rule joins users of different plugins that share one identity value, and adds
/// users of further plugins to the people whom earlier rules have found. Where that joins two users of one plugin,
/// everybody so joined is ambiguous, and no later rule overrules that.
struct PeopleMatcher: Sendable {
  let rules: [IdentityKind]
  var overrides: PeopleOverrides?
  /// The ids of the plugins, in the order of the directories; needed with overrides only.
  var plugins: [String] = []

  func match(_ directories: [KnownUsers]) -> PeopleIndex {
    var index = PeopleIndex(standings: directories.map { _ in [:] })
    var open = directories.map { Dictionary(uniqueKeysWithValues: zip($0.keys, $0.values)) }
    for (plugin, users) in directories.enumerated() {
      for (id, user) in users {
        switch user.standing {
        case .active: continue
        case .excluded(let reason): index.standings[plugin][id] = .excluded(reason: reason)
        case .unlicensed(let reason): index.standings[plugin][id] = .unlicensed(reason: reason)
        }
        open[plugin][id] = nil
      }
    }
    if let overrides { apply(overrides, open: &open, into: &index) }
    for rule in rules {
      extend(&index, by: rule, open: &open, knowing: directories)
      join(by: rule, open: &open, into: &index)
    }
    for (plugin, users) in open.enumerated() {
      for id in users.keys where index.standings[plugin][id] == nil {
        index.standings[plugin][id] = .unmatched
      }
    }
    return index
  }

  struct Candidate {
    let plugin: Int
    let user: DirectoryUser
  }

  private func join(
    by rule: IdentityKind, open: inout [[UserID: DirectoryUser]], into index: inout PeopleIndex
  ) {
    // Sorted, so that the outcome does not depend on hashing.
    let candidates = open.enumerated().flatMap { plugin, users in
      users.values.sorted { $0.id < $1.id }.map { Candidate(plugin: plugin, user: $0) }
    }
    var byValue: [String: [Int]] = [:]
    for (number, candidate) in candidates.enumerated() {
      for value in values(of: candidate.user, for: rule) { byValue[value, default: []].append(number) }
    }
    var groups = DisjointSets(count: candidates.count)
    var links: [(value: String, users: [Int])] = []
    for (value, users) in byValue.sorted(by: { $0.key < $1.key }) {
      // Whom one plugin alone knows by this value is nobody's candidate through it.
      guard users.contains(where: { candidates[$0].plugin != candidates[users[0]].plugin }) else { continue }
      for user in users.dropFirst() { groups.unite(users[0], user) }
      links.append((value, users))
    }
    let byGroup = Dictionary(grouping: links) { groups.root(of: $0.users[0]) }
    var done: Set<Int> = []
    for link in links where done.insert(groups.root(of: link.users[0])).inserted {
      let root = groups.root(of: link.users[0])
      let members = groups.members(of: root)
      if Set(members.map { candidates[$0].plugin }).count == members.count {
        add(members.map { candidates[$0] }, to: &index)
      } else {
        let reason: String
        if link.users.count == members.count {
          reason = "\(members.count) users share the \(rule.rawValue) \(link.value)"
        } else {
          let shared = (byGroup[root] ?? []).map(\.value).joined(separator: ", ")
          reason = "\(members.count) users are linked by more than one \(rule.rawValue): \(shared)"
        }
        for member in members {
          index.standings[candidates[member].plugin][candidates[member].user.id] = .ambiguous(reason: reason)
        }
      }
      for member in members { open[candidates[member].plugin][candidates[member].user.id] = nil }
    }
  }

  func add(_ members: [Candidate], to index: inout PeopleIndex) {
    var person = PeopleIndex.Person(name: "", users: .init(repeating: nil, count: index.standings.count))
    for member in members.sorted(by: { $0.plugin < $1.plugin }) {
      if person.name.isEmpty { person.name = member.user.displayName }
      person.users[member.plugin] = member.user.id
      index.standings[member.plugin][member.user.id] = .matched(index.people.count)
    }
    index.people.append(person)
  }

  func values(of user: DirectoryUser, for rule: IdentityKind) -> Set<String> {
    var values: Set<String> = []
    for identity in user.identities
    where rule.meets(identity.kind) {
      let value = identity.value.lowercased()
      if !value.isEmpty { values.insert(value) }
    }
    return values
  }
}

extension IdentityKind {
  /// Whether a rule of this kind looks at identities of that one: a user principal name is also compared with the
  /// other side's e-mail addresses, because telephone systems know no user principal names.
  func meets(_ kind: IdentityKind) -> Bool { kind == self || (self == .upn && kind == .email) }
}
