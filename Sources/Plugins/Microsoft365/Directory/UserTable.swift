// The users as they are known now, and what is published of them. Pure, and kept across restarts.

import FoundationEssentials
import PluginAPI

struct UserTable: Sendable, Equatable {
  struct Known: Codable, Sendable, Equatable {
    var user: GraphUser
    var licensed: Bool
  }

  let filter: UserFilter
  private(set) var users: [UserID: Known] = [:]
  /// By the group as it is configured.
  private(set) var members: [String: Members] = [:]

  struct Members: Codable, Sendable, Equatable {
    var name: String
    var users: Set<UserID>
  }

  init(filter: UserFilter, users: [GraphUser] = [], members: [String: Members] = [:]) {
    self.filter = filter
    self.members = members
    for user in users { self.users[user.userID] = Known(user: user.withoutPlans, licensed: true) }
  }

  func entry(_ id: UserID) -> DirectoryUser? {
    guard let known = users[id] else { return nil }
    let isMember = filter.groups.contains { members[$0]?.users.contains(id) == true }
    let groups = filter.allGroups.compactMap { members[$0] }.filter { $0.users.contains(id) }.map(\.name)
    return known.user.entry(
      licensed: known.licensed, exclusion: filter.exclusion(of: known.user, isMember: isMember),
      groups: groups)
  }
  var entries: [DirectoryUser] { users.keys.sorted().compactMap(entry) }

  /// A user who was looked up. Nobody without a licence comes in; who is in, stays and is said to have none.
  mutating func update(_ user: GraphUser, licensed: Bool) -> DirectoryUser? {
    guard licensed || users[user.userID] != nil else { return nil }
    users[user.userID] = Known(user: user.withoutPlans, licensed: licensed)
    return entry(user.userID)
  }
  /// Whether the user was known.
  mutating func remove(_ id: UserID) -> Bool { users.removeValue(forKey: id) != nil }

  /// Returns whom the new memberships concern.
  mutating func replace(members new: [String: Members]) -> [DirectoryUser] {
    var concerned: Set<UserID> = []
    for group in Set(members.keys).union(new.keys) {
      let (old, next) = (members[group], new[group])
      guard old != next else { continue }
      let (before, after) = (old?.users ?? [], next?.users ?? [])
      concerned.formUnion(old?.name == next?.name ? before.symmetricDifference(after) : before.union(after))
    }
    members = new
    return concerned.sorted().compactMap(entry)
  }
}

/// The table with the mark from which changes are read on.
struct KeptDirectory: Codable, Sendable {
  static let name = "directory"
  /// Microsoft keeps a mark for a week; half of it leaves room for clocks.
  static let life = 3.5 * 86_400

  /// Of what was asked for: another question has another answer.
  var question: String
  var mark: String
  var listed: Double
  var users: [UserTable.Known]
  var members: [String: UserTable.Members]

  init(_ table: UserTable, question: String, mark: String, listed: Date) {
    self.question = question
    self.mark = mark
    self.listed = listed.timeIntervalSince1970
    users = table.users.values.sorted { $0.user.id < $1.user.id }
    members = table.members
  }

  static func load(_ state: any PluginState, question: String, date: Date) async -> KeptDirectory? {
    guard let bytes = await state.value(name),
      let kept = try? JSONDecoder().decode(KeptDirectory.self, from: Data(bytes)), kept.question == question,
      date.timeIntervalSince1970 - kept.listed < life
    else { return nil }
    return kept
  }
  func save(_ state: any PluginState) async {
    if let json = try? JSONEncoder().encode(self) { await state.set(Array(json), for: Self.name) }
  }

  func table(filter: UserFilter) -> UserTable {
    var table = UserTable(filter: filter, members: members)
    for known in users { table.restore(known) }
    return table
  }
}

extension UserTable {
  fileprivate mutating func restore(_ known: Known) { users[known.user.userID] = known }
}
