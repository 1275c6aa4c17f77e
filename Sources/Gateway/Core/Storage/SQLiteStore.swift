// The delivered log in SQLite (WAL): written behind, many records in one transaction.

import CSQLite
import FoundationEssentials
import Logging
import NIOPosix
import PluginAPI

/// `@unchecked`: the database is touched by the store's own single thread only, after `init`.
final class SQLiteStore: StateStore, @unchecked Sendable {
  private static let schemaVersion = 1
  private struct Key: Hashable {
    var plugin: String
    var user: UserID
  }
  private struct Pending {
    var records: [Key: HeldRecord] = [:]
    var isFlushing = false
  }
  private let database: SQLiteDatabase
  private let logger: Logger
  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let pending = Locked(Pending())
  private let failed = Locked(false)

  /// Opens or makes the file. A damaged file is moved aside and a new one begun: its content is only a memory
  /// of what the systems hold. A file of a newer version is refused.
  init(path: String, logger: Logger) throws {
    self.logger = logger
    do { database = try Self.open(path) } catch let error as SQLiteError
      where error.code == SQLITE_NOTADB || error.code == SQLITE_CORRUPT
    {
      let aside = "\(path).damaged-\(Int(Date().timeIntervalSince1970))"
      try FileManager.default.moveItem(atPath: path, toPath: aside)
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      logger.error(
        "state file was damaged: moved aside, rebuilt from the two systems",
        metadata: ["file": "\(path)", "movedTo": "\(aside)", "reason": "\(error)"])
      database = try Self.open(path)
    }
    thread.start()
  }

  private static func open(_ path: String) throws -> SQLiteDatabase {
    let database = try SQLiteDatabase(path: path)
    try database.run("PRAGMA journal_mode=WAL")
    try database.run("PRAGMA synchronous=NORMAL")
    var version = 0
    try database.run("PRAGMA user_version") { version = $0.int(0) }
    guard version <= schemaVersion else {
      throw SQLiteError(
        code: 0,
        description: "\(path) was written by a newer presence-gateway (schema \(version), this one knows "
          + "\(schemaVersion)): run that version, or name another file under gateway.state")
    }
    try database.run(
      """
      CREATE TABLE IF NOT EXISTS held (
        plugin TEXT NOT NULL, user TEXT NOT NULL, presence TEXT, lease_ends REAL,
        PRIMARY KEY (plugin, user)) WITHOUT ROWID
      """)
    try database.run("PRAGMA user_version=\(schemaVersion)")
    // A damaged page would otherwise show up only when somebody's row is on it.
    var damage: String?
    try database.run("PRAGMA quick_check(1)") { if $0.text(0) != "ok" { damage = $0.text(0) } }
    if let damage { throw SQLiteError(code: SQLITE_CORRUPT, description: "\(path): \(damage)") }
    return database
  }

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

  func record(_ records: [HeldRecord]) {
    let isFirst = pending.withLock { pending in
      for record in records { pending.records[Key(plugin: record.plugin, user: record.user)] = record }
      defer { pending.isFlushing = true }
      return !pending.isFlushing
    }
    if isFirst { thread.submit { _ in self.flush() } }
  }

  func barrier() async {
    await withCheckedContinuation { done in
      thread.submit { _ in
        self.flush()
        done.resume()
      }
    }
  }

  func close() async {
    await barrier()
    try? await thread.shutdownGracefully()
  }

  private func flush() {
    let records = pending.withLock { pending in
      defer { pending = Pending() }
      return pending.records
    }
    if records.isEmpty { return }
    do {
      try write(records.values)
      if failed.withLock({ failed in
        defer { failed = false }
        return failed
      }) {
        logger.notice("state file can be written again")
      }
    } catch {
      // The gateway goes on; what could not be written is tried again with the next record.
      pending.withLock { $0.records.merge(records, uniquingKeysWith: { newer, _ in newer }) }
      let isNew = failed.withLock { failed in
        defer { failed = true }
        return !failed
      }
      if isNew { logger.error("state file cannot be written", metadata: ["reason": "\(error)"]) }
    }
  }

  private func write(_ records: some Sequence<HeldRecord>) throws {
    let encoder = JSONEncoder()
    try database.run("BEGIN")
    do {
      for record in records {
        let key: [SQLiteValue] = [.text(record.plugin), .text(record.user.rawValue)]
        switch record.content {
        case .nothing: try database.run("DELETE FROM held WHERE plugin = ? AND user = ?", key)
        case .doubtful(let candidates):
          let json = String(decoding: try encoder.encode(candidates), as: UTF8.self)
          try database.run("INSERT OR REPLACE INTO held VALUES (?, ?, ?, NULL)", key + [.text(json)])
        case .held(let presence, let leaseEnds):
          let json = String(decoding: try encoder.encode(presence), as: UTF8.self)
          let ends: SQLiteValue = leaseEnds.map { .real($0.timeIntervalSince1970) } ?? .null
          try database.run("INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)", key + [.text(json), ends])
        }
      }
      try database.run("COMMIT")
    } catch {
      try? database.run("ROLLBACK")
      throw error
    }
  }
}
