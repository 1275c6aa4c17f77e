// The tables of the state file, and how a file of an older version becomes one of this version.

enum StateSchema {
  /// Steps from each version to the next; the last one's number is this program's. A step that was once released
  /// never changes.
  private static let steps: [[String]] = [
    [
      """
      CREATE TABLE IF NOT EXISTS held (
        plugin TEXT NOT NULL, user TEXT NOT NULL, presence TEXT, lease_ends REAL,
        PRIMARY KEY (plugin, user)) WITHOUT ROWID
      """
    ],
    [
      """
      CREATE TABLE plugin_state (
        plugin TEXT NOT NULL, is_secret INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (plugin, is_secret, name)) WITHOUT ROWID
      """,
      """
      CREATE TABLE source (
        plugin TEXT NOT NULL, user TEXT NOT NULL, presence TEXT NOT NULL, reported REAL NOT NULL,
        PRIMARY KEY (plugin, user)) WITHOUT ROWID
      """,
    ],
  ]
  static var version: Int { steps.count }

  /// Refuses a file of a newer version.
  static func version(of database: SQLiteDatabase, path: String) throws -> Int {
    var found = 0
    try database.run("PRAGMA user_version") { found = $0.int(0) }
    guard found <= version else {
      throw SQLiteError(
        code: 0,
        description: "\(path) was written by a newer presence-gateway (schema \(found), this one knows "
          + "\(version)): run that version, or name another file under gateway.state")
    }
    return found
  }

  static func bringUpToDate(_ database: SQLiteDatabase, path: String) throws {
    for next in try version(of: database, path: path)..<version {
      try database.transaction {
        for statement in steps[next] { try database.run(statement) }
        try database.run("PRAGMA user_version=\(next + 1)")
      }
    }
  }
}
