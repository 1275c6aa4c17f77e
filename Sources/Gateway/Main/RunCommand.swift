// `presence-gateway run`: the real thing, in the foreground.

import ArgumentParser
import Connectors
import Gateway
import Logging
import UnixSignals

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs the gateway in the foreground until SIGTERM or Ctrl-C.",
    discussion:
      "A changed configuration file is taken over while running, and so it is on SIGHUP. "
      + "Logs go to standard error: readable on a terminal, JSON lines otherwise.")

  @Argument(help: "The configuration file.") var config = "plugins.yaml"

  @Flag(help: "Write nothing: say what would have been written, and the difference to what is there.")
  var shadow = false

  func run() async throws {
    let shadowLog = shadow ? ShadowLog() : nil
    let gateway: PresenceGateway
    do {
      gateway = try PresenceGateway(
        .init(
          config: config, environment: processEnvironment(), types: registeredPlugins,
          version: productVersion, shadow: shadowLog,
          logHandler: makeLogHandler))
      // Before anything is opened, so that no signal is missed.
      let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
      try await gateway.start()
      for await signal in signals {
        guard signal == .sighup else { break }
        Task { await gateway.reload() }
      }
    } catch PresenceGateway.StartFailure.configuration(let problems) {
      for problem in problems { say(problem.description) }
      throw ExitCode(2)
    } catch PresenceGateway.StartFailure.cannotOpen(let reason) {
      throw failure(reason)
    }
    await gateway.stop()
    if let shadowLog { tell(shadowLog.text()) }
  }
}

/// Readable on a terminal, JSON lines otherwise.
@Sendable
private func makeLogHandler(_ label: String, _ level: Logger.Level) -> any LogHandler {
  if LogOutput.standardError.isTerminal { return ConsoleLogHandler(label: label, level: level) }
  return JSONLogHandler(label: label, level: level)
}
