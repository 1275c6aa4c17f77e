// `presence-gateway explain`: one person's story, told by the running gateway.

import ArgumentParser
import Gateway

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Tells why the systems show what they show for one person.",
    discussion: "Asks the admin listener of the gateway that runs with this configuration.")

  @OptionGroup var who: PersonArgument
  @OptionGroup var gateway: RunningGatewayOptions
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let text = try await gateway.asAdministrator { (session) async throws(AdminSession.Failure) in
      try await session.explain(who.person, format: json ? "json" : "text")
    }
    tell(text.hasSuffix("\n") ? text : text + "\n")
  }
}
