// The delivered log outlives the process, a damaged file, and an older version of the gateway.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct SQLiteStoreTests {
  private let log = NotedLog()

  private func withFile(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sqlite-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "state.db").path())
  }
  private func open(_ path: String) throws -> SQLiteStore {
    try SQLiteStore(path: path, logger: log.logger())
  }
  private func load(_ store: SQLiteStore) throws -> [String: HeldRecord.Content] {
    Dictionary(uniqueKeysWithValues: try store.load().map { ("\($0.plugin) \($0.user)", $0.content) })
  }
  private func record(_ user: UserID, _ content: HeldRecord.Content, plugin: String = "teams") -> HeldRecord {
    HeldRecord(plugin: plugin, user: user, content: content)
  }

  @Test func whatIsRecordedIsThereAfterARestart() async throws {
    try await withFile { path in
      let ends = Date(timeIntervalSince1970: 1_800_000_123.5)
      let noted = Presence(.away, .lunch, call: .onHold, note: Note("zurück um 3", expires: ends))
      let first = try open(path)
      first.record([
        record("a", .held(noted, leaseEnds: ends)), record("b", .held(.busy, leaseEnds: nil)),
        record("a", .held(.calling, leaseEnds: nil), plugin: "pbx"),
        record("c", .held(.busy, leaseEnds: nil)),
      ])
      first.record([
        record("c", .nothing), record("d", .doubtful([.busy, .away])), record("e", .doubtful([])),
      ])
      await first.close()
      let second = try open(path)
      #expect(
        try load(second) == [
          "teams a": .held(noted, leaseEnds: ends), "teams b": .held(.busy, leaseEnds: nil),
          "pbx a": .held(.calling, leaseEnds: nil), "teams d": .doubtful([.busy, .away]),
          "teams e": .doubtful([]),
        ])
      await second.close()
      #expect(log.lines == [])
    }
  }

  @Test func theNewestRecordOfAUserCounts() async throws {
    try await withFile { path in
      let store = try open(path)
      for number in 0..<500 {
        store.record([record("a", .held(Presence(.busy, Activity(rawValue: "\(number)")), leaseEnds: nil))])
      }
      await store.barrier()
      #expect(try load(store) == ["teams a": .held(Presence(.busy, "499"), leaseEnds: nil)])
      await store.close()
    }
  }

  @Test func afterABarrierEverythingIsWritten() async throws {
    try await withFile { path in
      let store = try open(path)
      let reader = try SQLiteDatabase(path: path)
      for number in 0..<50 {
        store.record([record(UserID("\(number)"), .doubtful([.busy]))])
        await store.barrier()
        var rows = 0
        try reader.run("SELECT count(*) FROM held") { rows = $0.int(0) }
        #expect(rows == number + 1)
      }
      await store.close()
    }
  }

  @Test func aFileOfANewerVersionIsRefused() async throws {
    try await withFile { path in
      try SQLiteDatabase(path: path).run("PRAGMA user_version=7")
      let message =
        "\(path) was written by a newer presence-gateway (schema 7, this one knows 1): "
        + "run that version, or name another file under gateway.state"
      let refusal = try #require(throws: SQLiteError.self) { try open(path) }
      #expect(refusal.description == message)
    }
  }

  @Test func anUnreachableFileIsRefusedByName() throws {
    let refusal = try #require(throws: SQLiteError.self) { try open("/nowhere/at/all/state.db") }
    #expect(refusal.description == "/nowhere/at/all/state.db: unable to open database file")
  }

  @Test func aFileThatIsNoDatabaseIsMovedAside() async throws {
    try await withFile { path in
      let garbage = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      try garbage.write(to: URL(filePath: path))
      let store = try open(path)
      #expect(try store.load() == [])
      store.record([record("a", .held(.busy, leaseEnds: nil))])
      await store.close()
      let aside = try #require(damaged(path).first)
      #expect(try Data(contentsOf: URL(filePath: aside)) == garbage)
      #expect(
        log.lines == [
          "error: state file was damaged: moved aside, rebuilt from the two systems file=\(path) "
            + "movedTo=\(aside) reason=file is not a database"
        ])
    }
  }

  @Test func aDamagedPageIsFoundAtTheStart() async throws {
    try await withFile { path in
      let store = try open(path)
      store.record((0..<2000).map { record(UserID("user \($0)"), .held(.calling, leaseEnds: nil)) })
      await store.close()
      try SQLiteDatabase(path: path).run("PRAGMA wal_checkpoint(TRUNCATE)")
      var content = try Data(contentsOf: URL(filePath: path))
      for index in 4096 * 3..<4096 * 5 { content[index] = 0xA5 }
      try content.write(to: URL(filePath: path))
      let next = try open(path)
      #expect(try next.load() == [])
      #expect(damaged(path).count == 1)
      #expect(log.lines.count == 1)
      await next.close()
    }
  }

  @Test func whatCannotBeReadIsDoubtful() async throws {
    try await withFile { path in
      let store = try open(path)
      let other = try SQLiteDatabase(path: path)
      try other.run(#"INSERT INTO held VALUES ('teams', 'a', '{"availability":"levitating"}', NULL)"#)
      try other.run("INSERT INTO held VALUES ('teams', 'b', NULL, NULL)")
      #expect(try load(store) == ["teams a": .doubtful([]), "teams b": .doubtful([])])
      await store.close()
    }
  }

  @Test func whatCouldNotBeWrittenIsWrittenWithTheNextRecord() async throws {
    try await withFile { path in
      let store = try open(path)
      let other = try SQLiteDatabase(path: path)
      try other.run("ALTER TABLE held RENAME TO gone")
      store.record([record("a", .held(.busy, leaseEnds: nil))])
      await store.barrier()
      store.record([record("b", .held(.busy, leaseEnds: nil))])
      await store.barrier()
      try other.run("ALTER TABLE gone RENAME TO held")
      store.record([record("b", .held(.away, leaseEnds: nil))])
      await store.barrier()
      #expect(
        try load(store) == ["teams a": .held(.busy, leaseEnds: nil), "teams b": .held(.away, leaseEnds: nil)])
      #expect(
        log.lines == [
          "error: state file cannot be written reason=no such table: held",
          "notice: state file can be written again",
        ])
      await store.close()
    }
  }

  private func damaged(_ path: String) -> [String] {
    let url = URL(filePath: path)
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path())) ?? []
    return names.filter { $0.hasPrefix("state.db.damaged-") }
      .map { url.deletingLastPathComponent().appending(path: $0).path() }
  }
}
