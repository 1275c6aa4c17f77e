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
    let text = try await gateway.asAdministrator { (session) async throws(AdminSession.Failure) in
      try await session.explain(who.person, format: json ? "json" : "text")
    }
    tell(text.hasSuffix("\n") ? text : text + "\n")
  }
}

extension AdminSession {
  /// Throws when nobody or several fit, saying who.
  func explain(_ person: String, format: String) async throws(Failure) -> String {
    try await ask("GET", "/api/v1/explain", query: ["person": person, "format": format])
  }

  /// One user of the person, by which the API addresses them.
  func user(of person: String) async throws(Failure) -> PersonStory.User {
    let text = try await explain(person, format: "json")
    struct Users: Decodable { let users: [PersonStory.User] }
    guard let user = try? JSONDecoder().decode(Users.self, from: Data(text.utf8)).users.first else {
      throw .refused(
        reason: "the running gateway's answer is not understood", remedy: "use the command of its version")
    }
    return user
  }
}
