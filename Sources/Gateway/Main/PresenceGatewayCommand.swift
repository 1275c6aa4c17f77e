// The command line: one executable, a few verbs.

import ArgumentParser

@main
struct PresenceGatewayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presence-gateway",
    abstract: "Keeps the presence of people in sync between Microsoft Teams and a telephone system.",
    discussion:
      "Exit codes: 0 when it is done; 1 when it could not be, or something is not as it should be; 2 for a configuration "
      + "(or file of tests) with mistakes; 64 for wrong words on the command line. Results are on standard output, "
      + "everything else is on standard error.",
    version: productVersion,
    subcommands: [
      RunCommand.self, CheckCommand.self, TestCommand.self, ExplainCommand.self, PauseCommand.self,
      ResumeCommand.self, DoctorCommand.self, LoginCommand.self, PBXCommand.self, PluginsCommand.self,
      MetricsCommand.self, StateCommand.self, SandboxCommand.self,
    ])
}

let productVersion = "0.2.0-dev"
