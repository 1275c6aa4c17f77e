// The configuration as most commands read it: offline, with every mistake told.

import ArgumentParser
import Connectors
import Gateway

enum OfflineConfiguration {
  /// Says what is wrong with it.
  static func read(_ path: String) -> LoadedConfig {
    let loaded = GatewayConfig.load(
      path: path, environment: processEnvironment(), types: registeredPlugins)
    for problem in loaded.errors { say(problem.description) }
    return loaded
  }

  /// Ends the command when there is a mistake in it.
  static func sound(_ path: String) throws -> LoadedConfig {
    let loaded = read(path)
    guard loaded.errors.isEmpty else { throw ExitCode(2) }
    return loaded
  }
}
