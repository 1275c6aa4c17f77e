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
    @OptionGroup var route: RouteArguments
    @OptionGroup var gateway: RunningGatewayOptions

    func run() async throws {
      _ = try await gateway.ask("DELETE", route.pausePath)
      Terminal.write("✓ \(route.words) goes on\n")
    }
  }

  struct Person: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes one person off hold.")
    @OptionGroup var who: PersonArgument
    @OptionGroup var gateway: RunningGatewayOptions

    func run() async throws {
      let user = try await gateway.user(of: who.person)
      _ = try await gateway.ask("DELETE", user.pausePath)
      Terminal.write("✓ \(user.name) goes on\n")
    }
  }
}
