// Secrets: read when needed, never printed, and only what a plugin keeps has to be there.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct ConfigSecretTests {
  private func load(token: String, directory: String = "", extra: String = "") -> LoadedConfig {
    ConfigTest.load(
      """
      plugins:
        chat:
          type: chat
          tenant: contoso
          token: \(token)
          write: { client_id: writer }
      \(extra)
      routes: []
      """, directory: directory)
  }

  private func folder(_ body: (String) throws -> Void) throws {
    let path =
      FileManager.default.temporaryDirectory.path + "/presence-secret-\(UInt64.random(in: 0...(.max)))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }
  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  @Test func nothingThatIsLoadedPrintsASecretOrTheEnvironment() throws {
    let loaded = load(token: "env:TOKEN")
    let chat = try #require(loaded.plugins["chat"] as? ConfigChat)
    #expect(try chat.token.reveal() == "s3cret-from-environment")
    var text =
      "\(loaded) \(String(reflecting: loaded)) \(String(describing: chat.token)) \(String(reflecting: chat))"
    dump(loaded, to: &text)
    dump(chat.token, to: &text)
    #expect(text.contains("env:TOKEN"))
    #expect(!text.contains("s3cret"))
  }

  @Test func aReaderPrintsNeitherTheFileNorTheEnvironment() throws {
    let report = ConfigReport(file: "t", directory: "", environment: ConfigEnvironment(["X": "s3cret"]))
    let node = try #require(YAMLParser.parse(Array("token: hunter2\n".utf8), file: "t").root)
    guard case .mapping(let entries) = node.content else { return #expect(Bool(false)) }
    let section = ConfigSection(NodeReader(entries, report: report))
    var text = "\(section) \(String(reflecting: section)) \(report)"
    dump(section, to: &text)
    dump(report, to: &text)
    dump(SecretSource(.environment(name: "X", value: "s3cret")), to: &text)
    #expect(!text.contains("s3cret"))
    #expect(!text.contains("hunter2"))
  }

  @Test func aFileIsReadAnewAndItsLastNewlineIsNoPartOfIt() throws {
    try folder { folder in
      try write("first\n", folder + "/token")
      let loaded = load(token: "file:token", directory: folder)
      #expect(loaded.errors == [] && loaded.unresolvedSecrets == [])
      let token = try #require(loaded.plugins["chat"] as? ConfigChat).token
      #expect(try token.reveal() == "first")
      try write("second\r\n", folder + "/token")
      #expect(try token.reveal() == "second")
      try write(" third \n\n", folder + "/token")
      #expect(try token.reveal() == " third \n")
      #expect("\(token)" == "secret(file:\(folder)/token)")
    }
  }

  @Test func aFileThatCannotBeASecretIsToldWithItsPlace() throws {
    try folder { folder in
      try write(String(repeating: "x", count: (64 << 10) + 1), folder + "/large")
      try write("\n", folder + "/empty")
      try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: folder + "/binary"))
      for (name, message) in [
        ("large", "file \(folder)/large is larger than 64 KB"), ("empty", "file \(folder)/empty is empty"),
        ("binary", "file \(folder)/binary is not UTF-8 text"),
        ("none", "file \(folder)/none cannot be read: No such file or directory"),
        ("../..", "file \(folder)/../.. cannot be read: Is a directory"),
      ] {
        let loaded = load(token: "file:\(name)", directory: folder)
        #expect(
          loaded.unresolvedSecrets.map(\.description) == ["plugins.yaml:5:12: plugins.chat.token: \(message)"]
        )
        // Unresolved is no error: the caller decides.
        #expect(loaded.errors == [] && loaded.plugins.count == 1)
      }
      try write(String(repeating: "x", count: 64 << 10), folder + "/largest")
      #expect(load(token: "file:largest", directory: folder).unresolvedSecrets == [])
    }
  }

  @Test func anEndlessFileIsRefused() {
    #expect(
      load(token: "file:/dev/zero").unresolvedSecrets.map(\.message) == [
        "file /dev/zero is larger than 64 KB"
      ])
  }

  @Test func aSecretThatThePluginDroppedNeedNotResolve() {
    let accounts = """
          accounts:
            - { username: someone, password: env:PASSWORD1 }
            - { username: "${NOBODY:-}", password: env:PASSWORD2 }
      """
    #expect(
      load(token: "env:TOKEN", extra: accounts).unresolvedSecrets.map(\.message) == [
        "environment variable PASSWORD1 is not set"
      ])
  }
}
