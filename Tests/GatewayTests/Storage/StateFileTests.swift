// The state file under an administrator's commands: moved as text, its key changed, looked over.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import Testing

@testable import Gateway

#if canImport(Glibc)
  import Glibc
#endif

struct StateFileTests {
  private let key = Hex.encode(SecureRandom.bytes(32))
  private let other = Hex.encode(SecureRandom.bytes(32))
  private let date = Date(timeIntervalSince1970: 1_800_000_000)

  private func state(_ file: StateFileFixture, keys: String = "secrets_key: env:KEY") throws -> StateFile {
    let loaded = ConfigRig.gateway(
      "state: 'sqlite:\(file.path)', \(keys)", environment: ["KEY": key, "OTHER": other])
    try #require(loaded.errors.map(\.path) == ["routes"] || loaded.errors.isEmpty, "\(loaded.errors)")
    return try StateFile(loaded.config)
  }

  private func fill(_ file: StateFileFixture) async throws {
    try await file.withStore { store in
      store.record([
        HeldRecord(
          plugin: "teams", user: "a",
          content: .held(Presence(.away, .lunch, note: Note("zurück", expires: date)), leaseEnds: date)),
        HeldRecord(plugin: "teams", user: "b", content: .doubtful([.busy, .away])),
      ])
      let teams = StoredState(plugin: "teams", store: store, box: SecretBox(SecretBox.Key(key)))
      await teams.set([0, 255], for: "delta-link")
      try await teams.setSecret("geheim", for: "refresh-token")
      try SQLiteDatabase(path: file.path).run(
        #"INSERT INTO source VALUES ('pbx', 'c', '{"availability":"busy","call":"none"}', 1800000000)"#)
    }
  }

  private func exported(_ file: StateFileFixture, secrets: Bool = true) throws -> String {
    try state(file).export(withSecrets: secrets, at: date)
  }
  private func checked(_ file: StateFileFixture, keys: String = "secrets_key: env:KEY") throws
    -> StateFile.Findings
  {
    try state(file, keys: keys).check()
  }
  /// What a command refuses with; nothing when it does its work.
  private func refusal(
    _ file: StateFileFixture, keys: String = "secrets_key: env:KEY", _ body: (StateFile) throws -> Void
  ) -> [String] {
    do { try body(try state(file, keys: keys)) } catch {
      return (error as? StateFile.Failure)?.texts ?? ["\(error)"]
    }
    return []
  }

  @Test func anExportIsTextAndNamesItsVersion() async throws {
    try await StateFileFixture.run { file in
      try await fill(file)
      let text = try exported(file, secrets: false)
      #expect(
        text == """
          {"exported":"2027-01-15T08:00:00Z","kind":"presence-gateway state","schema":2,"secrets":"left out"}
          {"kind":"held","lease_ends":"2027-01-15T08:00:00Z","plugin":"teams","presence":{"activity":"lunch","availability":"away","call":"none","note":{"expires":"2027-01-15T08:00:00Z","text":"zurück"}},"user":"a"}
          {"candidates":[{"availability":"busy","call":"none"},{"availability":"away","call":"none"}],"kind":"doubtful","plugin":"teams","user":"b"}
          {"kind":"source","plugin":"pbx","presence":{"availability":"busy","call":"none"},"since":"2027-01-15T08:00:00Z","user":"c"}
          {"kind":"value","name":"delta-link","plugin":"teams","value":"AP8="}
          {"kind":"end","lines":6}

          """)
      #expect(try !exported(file).contains("geheim"))
    }
  }

  @Test func whatIsExportedIsImportedElsewhere() async throws {
    try await StateFileFixture.run { file in
      try await fill(file)
      let text = try exported(file)
      try await StateFileFixture.run { next in
        let outcome = try state(next).take(text, of: "state.jsonl", replacing: false)
        #expect(
          outcome.done == "states of sinks, to be established anew: 2; last states of sources: 1; "
            + "values of plugins: 1; secrets: 1")
        #expect(
          outcome.warnings
            == ["pbx", "teams"].map {
              "the configuration has no plugin \($0): what belongs to it waits until there is one"
            })
        try await next.withStore { store in
          let teams = StoredState(plugin: "teams", store: store, box: SecretBox(SecretBox.Key(key)))
          let secret = try await teams.secret("refresh-token")
          #expect(secret == "geheim")
          #expect(await teams.value("delta-link") == [0, 255])
          // What was held then is not believed.
          let noted = Presence(.away, .lunch, note: Note("zurück", expires: date))
          let (held, said) = (try store.load().map(\.content), try store.database.sources())
          #expect(held == [.doubtful([noted]), .doubtful([.busy, .away])])
          #expect(
            said == [SourceRecord(plugin: "pbx", user: "c", presence: .busy, since: date)])
        }
      }
    }
  }

  @Test func anImportKeepsTheRestUnlessTold() async throws {
    try await StateFileFixture.run { file in
      try await fill(file)
      let all = try exported(file)
      let small = """
        {"exported":"2027-01-15T08:00:00Z","kind":"presence-gateway state","schema":1}
        {"kind":"value","name":"delta-link","plugin":"teams","value":"AQ=="}
        {"kind":"end","lines":3}

        """
      _ = try state(file).take(small, of: "small", replacing: false)
      let merged = try exported(file)
      #expect(merged.contains(#""value":"AQ==""#) && merged.contains(#""name":"refresh-token""#))
      #expect(merged.split(separator: "\n").count == all.split(separator: "\n").count)
      _ = try state(file).take(small, of: "small", replacing: true)
      #expect(try exported(file).split(separator: "\n").count == 3)
    }
  }

  @Test func whatIsWrongIsToldByLineAndNothingIsTakenIn() async throws {
    try await StateFileFixture.run { file in
      try await fill(file)
      let before = try exported(file)
      let head = #"{"kind":"presence-gateway state","schema":2}"#
      func told(_ lines: String...) -> [String] {
        let text = lines.map { $0 + "\n" }.joined()
        return refusal(file) { _ = try $0.take(text, of: "s", replacing: true) }
      }
      let value = #"{"kind":"value","name":"n","plugin":"p","value":"AQ=="}"#
      #expect(
        told(
          head, "{", #"{"kind":"held","plugin":"p","user":"u"}"#, value, value,
          #"{"kind":"value","name":"n","plugin":"p","value":"§"}"#, #"{"kind":"song","plugin":"p"}"#,
          #"{"kind":"source","plugin":"p","presence":{"availability":"asleep","call":"none"}}"#,
          #"{"kind":"source","plugin":"p","user":"u","presence":{"availability":"busy","call":"none"},"#
            + #""since":"0001-01-01T00:00:00Z"}"#, #"{"kind":"end","lines":3}"#)
          == [
            "s:2: is not a line of JSON", "s:3: presence is missing",
            "s:5: says the same thing a second time",
            "s:6: value: must be base64", "s:7: kind: unknown, song",
            "s:8: presence.availability: not what stands here in a state",
            "s:9: since: must be a time from 1970 to 2199",
            "s:10: 3 lines should end here",
          ])
      #expect(told(head, value) == ["s:2: it ends too early: export it again"])
      #expect(told("") == ["s:1: is not a line of JSON"])
      #expect(
        told(value) == ["s:1: is no exported state: make one with `presence-gateway state export`"])
      #expect(
        told(#"{"kind":"presence-gateway state","schema":99}"#)
          == ["s:1: was exported by a newer presence-gateway (schema 99, this one knows 2): use that version"]
      )
      #expect(try exported(file) == before)
    }
  }

  @Test func besideAGatewayItIsReadButNotWritten() async throws {
    try await StateFileFixture.run { file in
      try await fill(file)
      let before = try exported(file)
      try await file.withStore { _ in
        let (beside, use) = (try exported(file), try checked(file).lines.first)
        #expect(beside == before)
        #expect(use == "schema 2, in use by process \(getpid())")
        let inUse = [
          "\(file.path) is in use by another presence-gateway (process \(getpid())): stop that one, with SIGTERM "
            + "or its service, or name another file under gateway.state"
        ]
        #expect(refusal(file) { _ = try $0.take(before, of: "s", replacing: false) } == inUse)
        #expect(refusal(file) { _ = try $0.rotate() } == inUse)
      }
      #expect(try checked(file).lines.first == "schema 2, not in use")
    }
  }

  @Test func aChangedKeyEncryptsEverythingAnew() async throws {
    try await StateFileFixture.run { file in
      try await fill(file)
      let name = StateName(plugin: "teams", name: "refresh-token", isSecret: true)
      let box = try #require(try SQLiteDatabase(path: file.path).value(name))
      let both = "secrets_key: env:OTHER, previous_secrets_keys: [env:KEY]"
      #expect(
        try checked(file, keys: both).lines.last
          == "secrets: 0 under the current key, 1 under a previous one: `presence-gateway state rotate`")
      let id = Hex.encode(SecretBox.Key(other)!.id)
      let outcome = try state(file, keys: both).rotate()
      #expect(
        outcome
          == .init(
            done: "secrets encrypted anew with key \(id): 1; had it already: 0",
            warnings: [
              "gateway.previous_secrets_keys is needed no more: take it out of the configuration"
            ]))
      let again = try state(file, keys: both).rotate()
      #expect(again.done == "secrets encrypted anew with key \(id): 0; had it already: 1")
      try await file.withStore { store in
        let teams = StoredState(plugin: "teams", store: store, box: SecretBox(SecretBox.Key(other)))
        let secret = try await teams.secret("refresh-token")
        #expect(secret == "geheim")
      }
      for suffix in ["", "-wal"] {
        let bytes = (try? Data(contentsOf: URL(filePath: file.path + suffix))) ?? Data()
        #expect(bytes.firstRange(of: Data(box)) == nil, "the former box is still in the file")
      }
    }
  }

  @Test func aSecretThatNoKeyOpensStaysAndIsNamed() async throws {
    try await StateFileFixture.run { file in
      try await fill(file)
      let before = try exported(file)
      #expect(
        refusal(file, keys: "secrets_key: env:OTHER") { _ = try $0.rotate() } == [
          "secrets encrypted anew: 0; these are as they were:",
          "teams refresh-token: it was encrypted with another key: name that one under "
            + "gateway.previous_secrets_keys, or sign in again",
        ])
      #expect(try exported(file) == before)
      #expect(
        refusal(file, keys: "on_stop: clear") { _ = try $0.rotate() }
          == ["gateway.secrets_key is not set: there is nothing to encrypt with"])
    }
  }

  @Test func aCheckCountsAndFindsDamage() async throws {
    try await StateFileFixture.run { file in
      #expect(
        refusal(file) { _ = try $0.check() }
          == ["\(file.path) is not there: a gateway makes it when it starts"])
      try await fill(file)
      #expect(
        try checked(file)
          == .init(lines: [
            "schema 2, not in use",
            "pbx: states of ours: 0 (doubtful: 0); last states: 1; values: 0; secrets: 0",
            "teams: states of ours: 2 (doubtful: 1); last states: 0; values: 1; secrets: 1",
            "secrets: 1 under the current key",
          ]))
      try SQLiteDatabase(path: file.path).run("PRAGMA wal_checkpoint(TRUNCATE)")
      var content = try Data(contentsOf: URL(filePath: file.path))
      for index in 4096..<8192 { content[index] = 0xA5 }
      try content.write(to: URL(filePath: file.path))
      #expect(try !checked(file).damage.isEmpty)
    }
  }

  @Test func nobodyElseCanReadTheFile() async throws {
    try await StateFileFixture.run { file in
      try await file.withStore { store in
        await store.set([1], for: StateName(plugin: "teams", name: "a", isSecret: false))
        for suffix in ["", "-wal", "-shm", ".lock"] {
          let attributes = try FileManager.default.attributesOfItem(atPath: file.path + suffix)
          #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
      }
    }
  }
}
