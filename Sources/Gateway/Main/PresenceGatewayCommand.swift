// The command line: one executable, a few verbs.

import ArgumentParser

@main
struct PresenceGatewayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presence-gateway",
    abstract: "Keeps the presence of people in sync between Microsoft Teams and a telephone system.",
    version: productVersion,
    subcommands: [
      RunCommand.self, CheckCommand.self, TestCommand.self, ExplainCommand.self, PauseCommand.self,
      ResumeCommand.self, DoctorCommand.self, LoginCommand.self, PBXCommand.self, PluginsCommand.self,
      MetricsCommand.self,
      StateCommand.self,
      SandboxCommand.self,
    ])
}

let productVersion = "0.2.0-dev"
