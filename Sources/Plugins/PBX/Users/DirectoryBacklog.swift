// Changes of the directory that the core has not taken yet: newest per user, so bounded by the users.

import PluginAPI

struct DirectoryBacklog: Sendable {
  private var snapshotDue = false
  private var upserts: [UserID: DirectoryUser] = [:]
  private var removals: Set<UserID> = []

  mutating func snapshot() {
    snapshotDue = true
    upserts = [:]
    removals = []
  }

  mutating func upsert(_ user: DirectoryUser) {
    if snapshotDue { return }
    removals.remove(user.id)
    upserts[user.id] = user
  }

  mutating func remove(_ user: UserID) {
    if snapshotDue { return }
    upserts[user] = nil
    removals.insert(user)
  }

  /// `everyone` is asked for when a snapshot is due.
  mutating func take(everyone: () -> [DirectoryUser]) -> [DirectoryChange] {
    defer { self = DirectoryBacklog() }
    if snapshotDue { return [.snapshot(everyone().sorted { $0.id < $1.id })] }
    var changes: [DirectoryChange] = []
    if !upserts.isEmpty { changes.append(.upsert(upserts.values.sorted { $0.id < $1.id })) }
    if !removals.isEmpty { changes.append(.remove(removals.sorted())) }
    return changes
  }
}
