// `presence-gateway state`: what belongs to the state file.

import ArgumentParser
import OpenSSLCrypto

struct StateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Keys of the state file.", subcommands: [NewKeyCommand.self])
}

struct NewKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-key", abstract: "Prints a new random key for gateway.secrets_key.",
    discussion:
      "Put it into a file that only the gateway can read: presence-gateway state new-key > secrets.key")

  func run() async throws { Terminal.write(Hex.encode(SecureRandom.bytes(32)) + "\n") }
}
