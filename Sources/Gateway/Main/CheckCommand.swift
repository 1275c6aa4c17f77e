// `presence-gateway check`: everything that is wrong with a configuration, without opening anything.

import ArgumentParser
import Gateway

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Validates a configuration offline.",
    discussion: "Secrets that cannot be read here are warnings; `run` refuses to start without them.")

  @Argument(help: "The configuration file.") var config = "plugins.yaml"

  func run() async throws {
    let loaded = OfflineConfiguration.read(config)
    for problem in loaded.warnings + loaded.unresolvedSecrets { say("warning: \(problem.description)") }
    guard loaded.errors.isEmpty else {
      say("✗ \(config): \(loaded.errors.count == 1 ? "1 mistake" : "\(loaded.errors.count) mistakes")")
      throw ExitCode(2)
    }
    let plugins = loaded.config.plugins.map { "\($0.id) (\($0.type))" }.joined(separator: ", ")
    let routes = loaded.config.routes.map { "\($0.from) → \($0.to)" }.joined(separator: ", ")
    tell("✓ \(config): plugins \(plugins); routes \(routes)\n")
  }
}
