// How what is remembered stands in the tables of the state file.

import FoundationEssentials
import PluginAPI

extension SQLiteDatabase {
  /// Of one plugin, or of all.
  func held(of plugin: String? = nil) throws -> [HeldRecord] {
    var records: [HeldRecord] = []
    let decoder = JSONDecoder()
    let all = "SELECT plugin, user, presence, lease_ends FROM held"
    try run(
      plugin == nil ? all : all + " WHERE plugin = ?", plugin.map { [.text($0)] } ?? []
    ) { row in
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

  func sources() throws -> [SourceRecord] {
    var records: [SourceRecord] = []
    let decoder = JSONDecoder()
    try run("SELECT plugin, user, presence, reported FROM source") { row in
      // What this version cannot read counts as never said.
      guard let presence = try? decoder.decode(Presence.self, from: Data(row.text(2).utf8)),
        let since = row.real(3)
      else { return }
      records.append(
        SourceRecord(
          plugin: row.text(0), user: UserID(row.text(1)), presence: presence,
          since: Date(timeIntervalSince1970: since)))
    }
    return records
  }

  func value(_ name: StateName) throws -> [UInt8]? {
    var value: [UInt8]?
    try run("SELECT value FROM plugin_state WHERE plugin = ? AND is_secret = ? AND name = ?", name.key) {
      value = $0.blob(0)
    }
    return value
  }

  /// Values as they are, secrets in their boxes.
  func values(onlySecrets: Bool = false) throws -> [StateName: [UInt8]] {
    var values: [StateName: [UInt8]] = [:]
    let all = "SELECT plugin, is_secret, name, value FROM plugin_state"
    try run(onlySecrets ? all + " WHERE is_secret = 1" : all) {
      values[StateName(plugin: $0.text(0), name: $0.text(2), isSecret: $0.int(1) != 0)] = $0.blob(3)
    }
    return values
  }

  /// In a transaction of the caller.
  func write(_ changes: StateChanges) throws {
    for record in changes.held.values { try write(record) }
    for record in changes.sources.values { try write(record) }
    for (name, value) in changes.values { try write(value, name) }
  }

  private func write(_ record: HeldRecord) throws {
    let key: [SQLiteValue] = [.text(record.plugin), .text(record.user.rawValue)]
    switch record.content {
    case .nothing: try run("DELETE FROM held WHERE plugin = ? AND user = ?", key)
    case .doubtful(let candidates):
      try run(
        "INSERT OR REPLACE INTO held VALUES (?, ?, ?, NULL)", key + [.text(try json(candidates))])
    case .held(let presence, let leaseEnds):
      let ends: SQLiteValue = leaseEnds.map { .real($0.timeIntervalSince1970) } ?? .null
      try run(
        "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)", key + [.text(try json(presence)), ends])
    }
  }

  private func write(_ record: SourceRecord) throws {
    let key: [SQLiteValue] = [.text(record.plugin), .text(record.user.rawValue)]
    guard let presence = record.presence else {
      return try run("DELETE FROM source WHERE plugin = ? AND user = ?", key)
    }
    try run(
      "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?)",
      key + [.text(try json(presence)), .real(record.since.timeIntervalSince1970)])
  }

  private func write(_ value: [UInt8]?, _ name: StateName) throws {
    if let value {
      try run("INSERT OR REPLACE INTO plugin_state VALUES (?, ?, ?, ?)", name.key + [.blob(value)])
    } else {
      try run("DELETE FROM plugin_state WHERE plugin = ? AND is_secret = ? AND name = ?", name.key)
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
