// The state file in SQLite (WAL): written behind, many changes in one transaction.

import CSQLite
import FoundationEssentials
import Logging
import NIOPosix
import PluginAPI

/// `@unchecked`: the database is touched by the store's own single thread only, after `init`.
final class SQLiteStore: StateStore, @unchecked Sendable {
  private struct Pending {
    var changes = StateChanges()
    var isFlushing = false
    /// Of writing what could not be written; nil while all is well.
    var retry: Task<Void, Never>?
    var condition = StateCondition.sound
    var tell: (@Sendable (StateCondition) -> Void)?
  }
  let path: String
  let database: SQLiteDatabase
  /// Nil for a guest.
  private let lock: StateFileLock?
  private let logger: Logger
  private let clock: any GatewayClock
  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let pending = Locked(Pending())
  /// Since it was closed in good order, so much has happened that nothing that sources said then is worth anything.
  private let wasAwayForLong: Bool
  private static let longAway = Duration.seconds(600)
  /// How long after a failed write it is tried again.
  private static let retryDelay = Duration.seconds(5)

  /// Opens or makes the file. A damaged file is moved aside and a new one begun: its content is only a memory
  /// of what the systems hold. A file of a newer version is refused, and so is one that another process has open.
  /// A guest works on the file beside the gateway that has it: for commands that read or add a value.
  init(path: String, logger: Logger, clock: any GatewayClock = SystemClock(), asGuest: Bool = false) throws {
    self.path = path
    self.logger = logger
    self.clock = clock
    let wasOurs = FileManager.default.fileExists(atPath: path + ".lock")
    lock = asGuest ? nil : try StateFileLock(path: path)
    if asGuest {
      database = try Self.open(path)
      wasAwayForLong = false
      thread.start()
      return
    }
    do { database = try Self.open(path) } catch let error as SQLiteError where error.isDamage {
      guard wasOurs || error.code != SQLITE_NOTADB else {
        throw SQLiteError(
          code: error.code, description: "\(path) is no state file: name another under gateway.state")
      }
      let aside = "\(path).damaged-\(Int(Date().timeIntervalSince1970))"
      try FileManager.default.moveItem(atPath: path, toPath: aside)
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      logger.error(
        "state file was damaged: moved aside, rebuilt from the two systems",
        metadata: ["file": "\(path)", "movedTo": "\(aside)", "reason": "\(error)"])
      database = try Self.open(path)
    }
    let closed = try database.value(.closed).flatMap { Double(String(decoding: $0, as: UTF8.self)) }
    wasAwayForLong = closed.map { clock.date.timeIntervalSince1970 - $0 > Self.longAway.inSeconds } ?? false
    pending.withLock { $0.changes.values[.closed] = .some(nil) }
    thread.start()
  }

  static func open(_ path: String) throws -> SQLiteDatabase {
    let database = try SQLiteDatabase(path: path)
    try database.run("PRAGMA journal_mode=WAL")
    try database.run("PRAGMA synchronous=NORMAL")
    try StateSchema.bringUpToDate(database, path: path)
    // A damaged page would otherwise show up only when somebody's row is on it.
    var damage: String?
    try database.run("PRAGMA quick_check(1)") { if $0.text(0) != "ok" { damage = $0.text(0) } }
    if let damage { throw SQLiteError(code: SQLITE_CORRUPT, description: "\(path): \(damage)") }
    return database
  }

  // MARK: Writing

  func record(_ records: [HeldRecord]) { change { $0.add(records) } }
  func record(_ records: [SourceRecord]) { change { $0.add(records) } }

  /// Nil removes it. Returns when it has been written, or could not be.
  func set(_ value: [UInt8]?, for name: StateName) async {
    change { $0.values[name] = .some(value) }
    await barrier()
  }

  private func change(_ body: (inout StateChanges) -> Void) {
    let isFirst = pending.withLock { pending in
      body(&pending.changes)
      defer { pending.isFlushing = true }
      return !pending.isFlushing
    }
    if isFirst { flushSoon() }
  }

  func barrier() async { await onThread(elseReturning: ()) { self.flush() } }

  /// Tells how it is now, and each time that changes.
  func watch(_ tell: @escaping @Sendable (StateCondition) -> Void) {
    tell(
      pending.withLock { pending in
        pending.tell = tell
        return pending.condition
      })
  }

  func close() async {
    if lock != nil {
      await set(clock.date.stamp, for: .closed)
    }
    await barrier()
    let lost = pending.withLock { pending in
      pending.retry?.cancel()
      return pending.changes.count
    }
    if lost > 0 {
      logger.error(
        "state file could not be written to the end", metadata: ["file": "\(path)", "lost": "\(lost)"])
    }
    try? await thread.shutdownGracefully()
    lock?.release()
  }

  // MARK: Reading

  /// As everything that is read synchronously: before the store is in use.
  func load() throws -> [HeldRecord] { try database.held() }
  func said() throws -> [SourceRecord] { wasAwayForLong ? [] : try database.sources() }

  /// What cannot be read counts as never written.
  func value(_ name: StateName) async -> [UInt8]? {
    await onThread(elseReturning: nil) {
      // What could not be written yet counts too.
      if let waiting = self.pending.withLock({ $0.changes.values[name] }) { return waiting }
      do { return try self.database.value(name) } catch {
        self.logger.error(
          "state file cannot be read", metadata: ["plugin": "\(name.plugin)", "reason": "\(error)"])
        return nil
      }
    }
  }

  func held(of plugin: String) async -> [HeldRecord] {
    await onThread(elseReturning: []) {
      self.flush()
      do { return try self.database.held(of: plugin) } catch {
        self.logger.error(
          "state file cannot be read", metadata: ["plugin": "\(plugin)", "reason": "\(error)"])
        return []
      }
    }
  }

  // MARK: The thread

  /// `closed` when the thread has already ended.
  private func onThread<Result: Sendable>(
    elseReturning closed: Result, _ body: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { done in
      thread.submit { state in
        if case .active = state { done.resume(returning: body()) } else { done.resume(returning: closed) }
      }
    }
  }

  private func flushSoon() { thread.submit { if case .active = $0 { self.flush() } } }

  private func flush() {
    let changes = pending.withLock { pending in
      defer { (pending.changes, pending.isFlushing) = (StateChanges(), false) }
      return pending.changes
    }
    if changes.isEmpty { return }
    do {
      try database.transaction { try database.write(changes) }
      succeeded()
    } catch {
      failed(changes, error as? SQLiteError ?? SQLiteError(code: 0, description: "\(error)"))
    }
  }

  private func succeeded() {
    let (retry, tell) = pending.withLock { pending in
      defer { (pending.retry, pending.condition) = (nil, .sound) }
      return (pending.retry, pending.tell)
    }
    guard let retry else { return }
    retry.cancel()
    logger.notice("state file can be written again")
    tell?(.sound)
  }

  /// The gateway goes on; what could not be written is tried again soon, or with the next change.
  private func failed(_ changes: StateChanges, _ error: SQLiteError) {
    let (isNew, condition, tell) = pending.withLock { pending in
      let isNew = pending.retry == nil
      pending.retry?.cancel()
      pending.retry = retry()
      pending.changes.merge(earlier: changes)
      let condition = StateCondition.unwritable(error, waiting: pending.changes.count)
      defer { pending.condition = condition }
      return (isNew, condition, pending.condition == condition ? nil : pending.tell)
    }
    if isNew { logger.error("state file cannot be written", metadata: ["reason": "\(error)"]) }
    tell?(condition)
  }

  private func retry() -> Task<Void, Never> {
    Task { [clock] in
      guard (try? await clock.sleep(for: Self.retryDelay)) != nil else { return }
      flushSoon()
    }
  }
}
