// `presence-gateway state`: what belongs to the state file.

import ArgumentParser
import Gateway
import OpenSSLCrypto

struct StateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "The state file: look it over, move it, change its key.",
    subcommands: [
      StateCheckCommand.self, StateExportCommand.self, StateImportCommand.self, StateRotateCommand.self,
      NewKeyCommand.self,
    ])

  /// Runs `body` on the state file that the configuration names.
  static func onFile(of config: String, _ body: (StateFile) throws -> Void) throws {
    let loaded = try OfflineConfiguration.sound(config)
    do { try body(try StateFile(loaded.config)) } catch let failure as StateFile.Failure {
      for text in failure.texts.prefix(20) { say("✗ \(text)") }
      if failure.texts.count > 20 { say("✗ … and \(failure.texts.count - 20) more") }
      throw ExitCode(1)
    }
  }

  static func report(_ outcome: StateFile.Outcome, _ path: String) {
    tell("✓ \(path): \(outcome.done)\n")
    for warning in outcome.warnings { say("warning: \(warning)") }
  }
}

struct StateCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Says whether the state file is sound, and what is in it.",
    discussion: "Changes nothing; the gateway may be running.")

  @Argument(help: "The configuration file.") var config = "plugins.yaml"

  func run() async throws {
    try StateCommand.onFile(of: config) { file in
      let findings = try file.check()
      guard findings.damage.isEmpty else {
        for text in findings.damage { say("✗ \(text)") }
        say(
          "  a starting gateway moves it aside and begins a new one; who signed in by a code must do so again"
        )
        throw ExitCode(1)
      }
      tell("✓ \(file.path): sound\n" + findings.lines.map { "  \($0)\n" }.joined())
    }
  }
}

struct StateExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes the state as text: a line of JSON for each thing it remembers.",
    discussion:
      "The gateway may be running. Secrets are written as they stand in the file, encrypted: they are of use only "
      + "together with gateway.secrets_key.")

  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Option(
    help: ArgumentHelp("A file that only its owner can read, instead of standard output.", valueName: "file"))
  var output: String?
  @Flag(help: "Leave the secrets out: who signed in by a code must do so again after an import.")
  var withoutSecrets = false

  func run() async throws {
    try StateCommand.onFile(of: config) { file in
      let text = try file.export(withSecrets: !withoutSecrets)
      guard let output else { return tell(text) }
      do { try ReplacedFile.write(Array(text.utf8), to: output, mode: 0o600) } catch {
        throw failure("\(error)")
      }
      say(
        "✓ \(output): \(text.utf8.count { $0 == 10 } - 2) lines\(withoutSecrets ? ", secrets left out" : "")")
    }
  }
}

struct StateImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Takes in what `state export` wrote: all of it, or nothing.",
    discussion:
      "Stop the gateway first. What the file names is replaced, everything else stays. What the systems held when it was "
      + "exported is established anew: nobody knows what has happened since.")

  @Argument(help: "What `state export` wrote.") var file: String
  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Flag(help: "Forget everything else that the state file has.") var replace = false

  func run() async throws {
    try StateCommand.onFile(of: config) { state in
      let bytes: [UInt8]
      do { bytes = try BoundedFile.read(file, limit: 1 << 30) } catch { throw failure("\(error)") }
      StateCommand.report(
        try state.take(String(decoding: bytes, as: UTF8.self), of: file, replacing: replace), state.path)
    }
  }
}

struct StateRotateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Encrypts every secret anew with gateway.secrets_key.",
    discussion:
      "Stop the gateway first. gateway.secrets_key names the new key, gateway.previous_secrets_keys the former one, which can "
      + "go afterwards.")

  @Argument(help: "The configuration file.") var config = "plugins.yaml"

  func run() async throws {
    try StateCommand.onFile(of: config) { StateCommand.report(try $0.rotate(), $0.path) }
  }
}

struct NewKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-key", abstract: "Prints a new random key for gateway.secrets_key.",
    discussion:
      "Make a file that only its owner can read: (umask 077; presence-gateway state new-key > secrets.key). Run it as the "
      + "user that the gateway runs as.")

  func run() async throws { tell(Hex.encode(SecureRandom.bytes(32)) + "\n") }
}
