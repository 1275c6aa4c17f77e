// The delivered log outlives the process, a damaged file, and an older version of the gateway.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

#if canImport(Glibc)
  import Glibc
#endif

struct SQLiteStoreTests {
  private func load(_ store: SQLiteStore) throws -> [String: HeldRecord.Content] {
    Dictionary(uniqueKeysWithValues: try store.load().map { ("\($0.plugin) \($0.user)", $0.content) })
  }
  private func record(_ user: UserID, _ content: HeldRecord.Content, plugin: String = "teams") -> HeldRecord {
    HeldRecord(plugin: plugin, user: user, content: content)
  }

  @Test func whatIsRecordedIsThereAfterARestart() async throws {
    try await StateFileFixture.run { file in
      let ends = Date(timeIntervalSince1970: 1_800_000_123.5)
      let noted = Presence(.away, .lunch, call: .onHold, note: Note("zurück um 3", expires: ends))
      let first = try file.open()
      first.record([
        record("a", .held(noted, leaseEnds: ends)), record("b", .held(.busy, leaseEnds: nil)),
        record("a", .held(.calling, leaseEnds: nil), plugin: "pbx"),
        record("c", .held(.busy, leaseEnds: nil)),
      ])
      first.record([
        record("c", .nothing), record("d", .doubtful([.busy, .away])), record("e", .doubtful([])),
      ])
      await first.close()
      let second = try file.open()
      #expect(
        try load(second) == [
          "teams a": .held(noted, leaseEnds: ends), "teams b": .held(.busy, leaseEnds: nil),
          "pbx a": .held(.calling, leaseEnds: nil), "teams d": .doubtful([.busy, .away]),
          "teams e": .doubtful([]),
        ])
      await second.close()
      #expect(file.log.lines == [])
    }
  }

  @Test func whatSourcesSaidIsThereAfterARestart() async throws {
    try await StateFileFixture.run { file in
      func said(_ user: UserID, _ presence: Presence?, _ since: Double = 1000) -> SourceRecord {
        SourceRecord(
          plugin: "pbx", user: user, presence: presence, since: Date(timeIntervalSince1970: since))
      }
      try await file.withStore { store in
        store.record([said("a", .busy), said("b", .away), said("c", .away)])
        store.record([said("a", Presence(.away, .lunch), 2000), said("c", nil)])
      }
      try await file.withStore { store in
        let known = try store.said().sorted { $0.user < $1.user }
        #expect(known == [said("a", Presence(.away, .lunch), 2000), said("b", .away)])
      }
      // Closed in good order, and not opened for long: it is not worth anything.
      file.clock.advance(by: .seconds(601))
      try await file.withStore { store in
        let known = try store.said()
        #expect(known == [])
      }
      // As after a crash: however long ago.
      try SQLiteDatabase(path: file.path).run("DELETE FROM plugin_state")
      file.clock.advance(by: .seconds(86400))
      try await file.withStore { store in
        let known = try store.said()
        #expect(known.count == 2)
      }
    }
  }

  @Test func theNewestRecordOfAUserCounts() async throws {
    try await StateFileFixture.run { file in
      let store = try file.open()
      for number in 0..<500 {
        store.record([record("a", .held(Presence(.busy, Activity(rawValue: "\(number)")), leaseEnds: nil))])
      }
      await store.barrier()
      #expect(try load(store) == ["teams a": .held(Presence(.busy, "499"), leaseEnds: nil)])
      await store.close()
    }
  }

  @Test func afterABarrierEverythingIsWritten() async throws {
    try await StateFileFixture.run { file in
      let store = try file.open()
      let reader = try SQLiteDatabase(path: file.path)
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

  @Test func aFileOfANewerVersionIsRefusedAndLeftAsItIs() async throws {
    try await StateFileFixture.run { file in
      try SQLiteDatabase(path: file.path).run("PRAGMA user_version=7")
      let message =
        "\(file.path) was written by a newer presence-gateway (schema 7, this one knows 2): "
        + "run that version, or name another file under gateway.state"
      let refusal = try #require(throws: SQLiteError.self) { try file.open() }
      #expect(refusal.description == message)
      var version = 0
      try SQLiteDatabase(path: file.path).run("PRAGMA user_version") { version = $0.int(0) }
      #expect(version == 7)
      #expect(file.damaged == [])
    }
  }

  @Test func anUnreachableFileIsRefusedByName() throws {
    let refusal = try #require(throws: SQLiteError.self) {
      try SQLiteStore(path: "/nowhere/at/all/state.db", logger: NotedLog().logger())
    }
    #expect(
      refusal.description
        == "/nowhere/at/all/state.db.lock: No such file or directory: make that folder, for the user that the gateway "
        + "runs as")
  }

  @Test func aFileInUseIsRefused() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { _ in
        let refusal = try #require(throws: SQLiteError.self) { try file.open() }
        #expect(
          refusal.description
            == "\(file.path) is in use by another presence-gateway (process \(getpid())): stop that "
            + "one, with SIGTERM or its service, or name another file under gateway.state")
      }
      // Closing it gives it free.
      try await file.withStore { _ in }
    }
  }

  /// As version 1 made it: the delivered log, and nothing of plugins.
  @Test func aFileOfVersion1IsBroughtForward() async throws {
    try await StateFileFixture.run { file in
      let old = try SQLiteDatabase(path: file.path)
      try old.run("PRAGMA journal_mode=WAL")
      try old.run(
        """
        CREATE TABLE IF NOT EXISTS held (
          plugin TEXT NOT NULL, user TEXT NOT NULL, presence TEXT, lease_ends REAL,
          PRIMARY KEY (plugin, user)) WITHOUT ROWID
        """)
      try old.run("PRAGMA user_version=1")
      try old.run(
        #"INSERT INTO held VALUES ('teams', 'a', '{"availability":"busy","call":"none"}', 1800000000.5)"#)
      try await file.withStore { store in
        let held = try load(store)
        #expect(held == ["teams a": .held(.busy, leaseEnds: Date(timeIntervalSince1970: 1_800_000_000.5))])
        let name = StateName(plugin: "teams", name: "new", isSecret: false)
        await store.set([1], for: name)
        #expect(await store.value(name) == [1])
      }
      #expect(file.log.lines == [])
    }
  }

  @Test func aFileThatIsNoDatabaseIsMovedAside() async throws {
    try await StateFileFixture.run { file in
      await (try file.open()).close()
      let garbage = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      try garbage.write(to: URL(filePath: file.path))
      let store = try file.open()
      #expect(try store.load() == [])
      store.record([record("a", .held(.busy, leaseEnds: nil))])
      await store.close()
      let aside = try #require(file.damaged.first)
      #expect(try Data(contentsOf: URL(filePath: aside)) == garbage)
      #expect(
        file.log.lines == [
          "error: state file was damaged: moved aside, rebuilt from the two systems file=\(file.path) "
            + "movedTo=\(aside) reason=file is not a database"
        ])
    }
  }

  @Test func aFileThatWasNeverAStateFileIsLeftAlone() async throws {
    try await StateFileFixture.run { file in
      let notes = Data("Things to do\n".utf8)
      try notes.write(to: URL(filePath: file.path))
      #expect {
        try file.open()
      } throws: { error in
        "\(error)" == "\(file.path) is no state file: name another under gateway.state"
      }
      #expect(try Data(contentsOf: URL(filePath: file.path)) == notes)
      #expect(file.damaged == [])
    }
  }

  @Test func aDamagedPageIsFoundAtTheStart() async throws {
    try await StateFileFixture.run { file in
      let store = try file.open()
      store.record((0..<2000).map { record(UserID("user \($0)"), .held(.calling, leaseEnds: nil)) })
      await store.close()
      try SQLiteDatabase(path: file.path).run("PRAGMA wal_checkpoint(TRUNCATE)")
      var content = try Data(contentsOf: URL(filePath: file.path))
      for index in 4096 * 3..<4096 * 5 { content[index] = 0xA5 }
      try content.write(to: URL(filePath: file.path))
      let next = try file.open()
      #expect(try next.load() == [])
      #expect(file.damaged.count == 1)
      #expect(file.log.lines.count == 1)
      await next.close()
    }
  }

  @Test func whatCannotBeReadIsDoubtful() async throws {
    try await StateFileFixture.run { file in
      let store = try file.open()
      let other = try SQLiteDatabase(path: file.path)
      try other.run(#"INSERT INTO held VALUES ('teams', 'a', '{"availability":"levitating"}', NULL)"#)
      try other.run("INSERT INTO held VALUES ('teams', 'b', NULL, NULL)")
      #expect(try load(store) == ["teams a": .doubtful([]), "teams b": .doubtful([])])
      await store.close()
    }
  }

  @Test func whatCouldNotBeWrittenIsWrittenWithTheNextRecord() async throws {
    try await StateFileFixture.run { file in
      let store = try file.open()
      let other = try SQLiteDatabase(path: file.path)
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
        file.log.lines == [
          "error: state file cannot be written reason=no such table: held",
          "notice: state file can be written again",
        ])
      await store.close()
    }
  }
}
