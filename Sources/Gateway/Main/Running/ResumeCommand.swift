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
      try await gateway.asAdministrator { (session) async throws(AdminSession.Failure) in
        _ = try await session.ask("DELETE", route.pausePath)
      }
      tell("✓ \(route.words) goes on\n")
    }
  }

  struct Person: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes one person off hold.")
    @OptionGroup var who: PersonArgument
    @OptionGroup var gateway: RunningGatewayOptions

    func run() async throws {
      let name = try await gateway.asAdministrator { (session) async throws(AdminSession.Failure) in
        let user = try await session.user(of: who.person)
        try await session.ask("DELETE", user.pausePath)
        return user.name
      }
      tell("✓ \(name) goes on\n")
    }
  }
}
