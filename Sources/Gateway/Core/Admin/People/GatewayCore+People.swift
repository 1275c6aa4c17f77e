// What the admin page asks the core about people: copies of values, so that the core is held up as little as can be.

import FoundationEssentials
import PluginAPI

extension GatewayCore {
  func explain(_ query: String) -> PersonSearch { engine.explain(query, now: clock.now) }

  /// Nil when there is no such user.
  func story(of user: UserID, in id: String) -> PersonStory? {
    guard let plugin = ids[id], engine.directories[plugin][user] != nil else { return nil }
    return engine.story(of: user, in: plugin, now: clock.now)
  }

  /// One user of one system, as the core knows it at this moment.
  struct Side: Sendable {
    var presence: Presence?
    var reportedAt: Date?
    var isSink = false
    /// What the sink should show because of us.
    var requested: Presence?
    /// What it last accepted from us.
    var held: Presence?
    var isSettled = true
    var note: PersonNotes.Note?
  }

  /// The directories as they are, for a table to be made from elsewhere.
  func directorySnapshot() -> DirectorySnapshot {
    DirectorySnapshot(
      generation: directoryGeneration, plugins: engine.setup.plugins.map(\.id), people: engine.people,
      directories: engine.directories)
  }

  func sides(of users: [[UserID?]]) -> [[Side?]] {
    users.map { row in
      row.enumerated().map { plugin, user in
        engine.tables.indices.contains(plugin) ? user.map { side($0, of: plugin) } : nil
      }
    }
  }

  private func side(_ user: UserID, of plugin: Int) -> Side {
    var side = Side(note: notes[plugin, user])
    side.isSink = engine.outboxes[plugin] != nil
    guard let slot = engine.tables[plugin].slot(of: user) else { return side }
    let source = engine.tables[plugin].sources[slot]
    side.presence = source.presence
    side.reportedAt = source.reportedAt.map(date)
    if let entries = engine.outboxes[plugin]?.entries, slot < entries.count {
      if case .decided(let wanted) = entries[slot].wanted { side.requested = wanted }
      side.held = entries[slot].delivered
      side.isSettled = entries[slot].isSettled
    }
    return side
  }

  /// For sorting everybody by the last change: a copy that costs the core nothing until it writes.
  func sourceTables() -> [UserTable] { engine.tables }
  func personNotes() -> PersonNotes { notes }

  private func date(_ moment: Moment) -> Date {
    clock.date - (clock.now - moment).inSeconds
  }

  func users(_ refs: [(plugin: Int, user: UserID)]) -> [DirectoryUser?] {
    refs.map { engine.directories.indices.contains($0.plugin) ? engine.directories[$0.plugin][$0.user] : nil }
  }
}
