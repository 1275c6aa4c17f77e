// A thin owner of one SQLite connection: statements in, rows out, errors with SQLite's own words.

import CSQLite

struct SQLiteError: Error, CustomStringConvertible {
  let code: Int32
  let description: String
}

/// Not thread-safe: used by one thread at a time.
final class SQLiteDatabase {
  private let handle: OpaquePointer

  init(path: String) throws(SQLiteError) {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
    guard code == SQLITE_OK, let opened else {
      let text = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw SQLiteError(code: code, description: "\(path): \(text)")
    }
    handle = opened
    sqlite3_busy_timeout(handle, 2000)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs a statement; `row` is called for each row.
  func run(_ sql: String, _ values: [SQLiteValue] = [], row: (SQLiteRow) -> Void = { _ in })
    throws(SQLiteError)
  {
    var prepared: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) == SQLITE_OK else { throw failure() }
    defer { sqlite3_finalize(prepared) }
    for (index, value) in values.enumerated() {
      let position = Int32(index + 1)
      switch value {
      case .text(let text): csqlite_bind_text(prepared, position, text, Int32(text.utf8.count))
      case .real(let number): sqlite3_bind_double(prepared, position, number)
      case .null: sqlite3_bind_null(prepared, position)
      }
    }
    while true {
      switch sqlite3_step(prepared) {
      case SQLITE_ROW: row(SQLiteRow(statement: prepared))
      case SQLITE_DONE: return
      default: throw failure()
      }
    }
  }

  private func failure() -> SQLiteError {
    SQLiteError(code: sqlite3_errcode(handle), description: String(cString: sqlite3_errmsg(handle)))
  }
}

enum SQLiteValue {
  case text(String)
  case real(Double)
  case null
}

/// Valid only inside the closure it is given to.
struct SQLiteRow {
  fileprivate let statement: OpaquePointer?
  func text(_ column: Int32) -> String {
    sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
  }
  func real(_ column: Int32) -> Double? {
    sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_double(statement, column)
  }
  func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }
}
