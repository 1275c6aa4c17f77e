// How what is remembered stands in the tables of the state file.

import FoundationEssentials
import PluginAPI

extension SQLiteStore {
  func load() throws -> [HeldRecord] {
    var records: [HeldRecord] = []
    let decoder = JSONDecoder()
    try database.run("SELECT plugin, user, presence, lease_ends FROM held") { row in
      let json = Data(row.text(2).utf8)
      let content: HeldRecord.Content
      if let held = try? decoder.decode(Presence.self, from: json) {
        content = .held(held, leaseEnds: row.real(3).map { Date(timeIntervalSince1970: $0) })
      } else {
        // What this version cannot read is doubtful too.
        content = .doubtful((try? decoder.decode([Presence].self, from: json)) ?? [])
      }
      records.append(HeldRecord(plugin: row.text(0), user: UserID(row.text(1)), content: content))
    }
    return records
  }

  func storedValue(_ name: StateName) throws -> [UInt8]? {
    var value: [UInt8]?
    try database.run(
      "SELECT value FROM plugin_state WHERE plugin = ? AND is_secret = ? AND name = ?", name.key
    ) { value = $0.blob(0) }
    return value
  }

  /// All secrets, in their boxes. As `load`: not while the store is in use.
  func loadBoxes() throws -> [(name: StateName, box: [UInt8])] {
    var boxes: [(name: StateName, box: [UInt8])] = []
    try database.run("SELECT plugin, name, value FROM plugin_state WHERE is_secret = 1 ORDER BY plugin, name")
    {
      boxes.append((StateName(plugin: $0.text(0), name: $0.text(1), isSecret: true), $0.blob(2)))
    }
    return boxes
  }

  func write(_ changes: StateChanges) throws {
    try database.transaction {
      for record in changes.held.values { try write(record) }
      for (name, value) in changes.values { try write(value, name) }
    }
  }

  private func write(_ record: HeldRecord) throws {
    let key: [SQLiteValue] = [.text(record.plugin), .text(record.user.rawValue)]
    switch record.content {
    case .nothing: try database.run("DELETE FROM held WHERE plugin = ? AND user = ?", key)
    case .doubtful(let candidates):
      try database.run(
        "INSERT OR REPLACE INTO held VALUES (?, ?, ?, NULL)", key + [.text(try json(candidates))])
    case .held(let presence, let leaseEnds):
      let ends: SQLiteValue = leaseEnds.map { .real($0.timeIntervalSince1970) } ?? .null
      try database.run(
        "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)", key + [.text(try json(presence)), ends])
    }
  }

  private func write(_ value: [UInt8]?, _ name: StateName) throws {
    if let value {
      try database.run("INSERT OR REPLACE INTO plugin_state VALUES (?, ?, ?, ?)", name.key + [.blob(value)])
    } else {
      try database.run("DELETE FROM plugin_state WHERE plugin = ? AND is_secret = ? AND name = ?", name.key)
    }
  }

  private func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }
}

extension StateName {
  /// In the order of the table's key.
  fileprivate var key: [SQLiteValue] { [.text(plugin), .int(isSecret ? 1 : 0), .text(name)] }
}
