// `presence-gateway login`: signs an account in by a code that somebody types into a web browser, for accounts with MFA.

import ArgumentParser
import Connectors
import Gateway
import Logging
import PluginAPI

struct LoginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "login", abstract: "Signs an account in with a code that is typed into a web browser.",
    discussion:
      "For accounts with multi-factor authentication. The sign-in is kept encrypted in the state file; a running "
      + "gateway finds it within a minute. An account that the configuration does not have is added. Run it as the user "
      + "that the gateway runs as.")

  @Argument(help: "The plugin's id in the configuration, such as teams.") var plugin: String
  @Argument(help: "The account's user name, such as sync1@contoso.example.") var account: String
  @Argument(help: "The configuration file.") var config = "plugins.yaml"

  func run() async throws {
    let single: SinglePlugin
    do throws(SinglePlugin.Failure) {
      single = try SinglePlugin(
        id: plugin, config: config, environment: processEnvironment(), types: registeredPlugins,
        logger: Logger(label: plugin) { ConsoleLogHandler(label: $0, level: .warning) })
    } catch { throw failure(error) }
    let outcome = await signIn(with: single.plugin)
    await single.close()
    switch outcome {
    case .success:
      tell("✓ \(account) is signed in; a running gateway uses it within a minute\n")
    case .failure(let reason): throw failure(reason.description)
    }
  }

  private func signIn(with plugin: any Plugin) async -> Result<Void, PluginFailure> {
    guard let holder = plugin as? any AccountHolding else {
      return .failure(PluginFailure(.giveUp, "\(self.plugin) has no accounts"))
    }
    do throws(PluginFailure) {
      try await holder.addAccount(account) { prompt in
        tell("\(prompt.message)\n\n  \(prompt.url)\n  code \(prompt.code)\n\nWaiting …\n")
      }
      return .success(())
    } catch { return .failure(error) }
  }
}
