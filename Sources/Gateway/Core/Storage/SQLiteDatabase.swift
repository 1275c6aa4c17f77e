// A thin owner of one SQLite connection: statements in, rows out, errors with SQLite's own words.

import CSQLite

#if canImport(Glibc)
  import Glibc
#endif

struct SQLiteError: Error, Equatable, CustomStringConvertible {
  /// 0: not SQLite's, but ours.
  let code: Int32
  let description: String

  var isDamage: Bool { code == SQLITE_NOTADB || code == SQLITE_CORRUPT }
}

/// Not thread-safe: used by one thread at a time.
final class SQLiteDatabase {
  private let handle: OpaquePointer
  /// Prepared once each; a program has few statements.
  private var statements: [String: OpaquePointer] = [:]

  init(path: String, readOnly: Bool = false) throws(SQLiteError) {
    // Made by us first, so that nobody else can read it; SQLite gives its other files the same mode. Never opened when
    // it is there: SQLite's locks would end with this descriptor.
    if !readOnly {
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor >= 0 {
        FolderOwner.take(descriptor, at: path)
        close(descriptor)
      }
    }
    var opened: OpaquePointer?
    let mode = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    let code = sqlite3_open_v2(path, &opened, mode, nil)
    guard code == SQLITE_OK, let opened else {
      let text = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw SQLiteError(code: code, description: "\(path): \(text)")
    }
    handle = opened
    sqlite3_busy_timeout(handle, 2000)
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Runs a statement; `row` is called for each row.
  func run(_ sql: String, _ values: [SQLiteValue] = [], row: (SQLiteRow) -> Void = { _ in })
    throws(SQLiteError)
  {
    let statement = try prepared(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, value) in values.enumerated() {
      let position = Int32(index + 1)
      switch value {
      case .text(let text): csqlite_bind_text(statement, position, text, Int32(text.utf8.count))
      case .real(let number): sqlite3_bind_double(statement, position, number)
      case .int(let number): sqlite3_bind_int64(statement, position, Int64(number))
      case .blob(let bytes): csqlite_bind_blob(statement, position, bytes, Int32(bytes.count))
      case .null: sqlite3_bind_null(statement, position)
      }
    }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: row(SQLiteRow(statement: statement))
      case SQLITE_DONE: return
      default: throw failure()
      }
    }
  }

  /// All of `body`, or nothing of it.
  func transaction(_ body: () throws -> Void) throws {
    try run("BEGIN IMMEDIATE")
    do {
      try body()
      try run("COMMIT")
    } catch {
      try? run("ROLLBACK")
      throw error
    }
  }

  private func prepared(_ sql: String) throws(SQLiteError) -> OpaquePointer {
    if let known = statements[sql] { return known }
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
      throw failure()
    }
    statements[sql] = statement
    return statement
  }

  private func failure() -> SQLiteError {
    SQLiteError(code: sqlite3_errcode(handle), description: String(cString: sqlite3_errmsg(handle)))
  }
}

enum SQLiteValue {
  case text(String)
  case real(Double)
  case int(Int)
  case blob([UInt8])
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
  func blob(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(statement, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
  }
}
