// `presence-gateway resume`: takes a route or a person of the running gateway off hold.

import ArgumentParser
import Gateway

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Takes a route or a person off hold; what was said meanwhile counts.",
    discussion: "Asks the admin listener of the gateway that runs with this configuration.",
    subcommands: [Route.self, Person.self])

  struct Route: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes a whole route off hold.")
    @Argument(help: "The id of the plugin that the route begins at.") var from: String
    @Argument(help: "The id of the plugin that it ends in.") var to: String
    @OptionGroup var gateway: RunningGatewayOptions

    func run() async throws {
      _ = try await gateway.ask(
        "DELETE", "/api/v1/routes/\(PercentCoding.encoded(from))/\(PercentCoding.encoded(to))/pause")
      Terminal.write("✓ \(from) → \(to) goes on\n")
    }
  }

  struct Person: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes one person off hold.")
    @Argument(help: "Id, e-mail address, number or name; a part is enough if it is unique.")
    var person: String
    @OptionGroup var gateway: RunningGatewayOptions

    func run() async throws {
      let user = try await gateway.user(of: person)
      _ = try await gateway.ask("DELETE", user.pausePath)
      Terminal.write("✓ \(user.name) goes on\n")
    }
  }
}
