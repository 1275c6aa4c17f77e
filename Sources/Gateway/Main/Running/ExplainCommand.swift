// `presence-gateway explain`: one person's story, told by the running gateway.

import ArgumentParser
import FoundationEssentials
import Gateway

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Tells why the systems show what they show for one person.",
    discussion: "Asks the admin listener of the gateway that runs with this configuration.")

  @OptionGroup var who: PersonArgument
  @OptionGroup var gateway: RunningGatewayOptions
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let text = try await gateway.explain(who.person, format: json ? "json" : "text")
    Terminal.write(text.hasSuffix("\n") ? text : text + "\n")
  }
}

extension RunningGatewayOptions {
  /// Ends the command when nobody or several fit, saying who.
  func explain(_ person: String, format: String) async throws -> String {
    try await ask("GET", "/api/v1/explain", query: ["person": person, "format": format])
  }

  /// One user of the person, by which the API addresses them.
  func user(of person: String) async throws -> PersonStory.User {
    let text = try await explain(person, format: "json")
    struct Users: Decodable { let users: [PersonStory.User] }
    guard let user = try? JSONDecoder().decode(Users.self, from: Data(text.utf8)).users.first else {
      say("presence-gateway: the running gateway is of another version")
      throw ExitCode(1)
    }
    return user
  }
}
