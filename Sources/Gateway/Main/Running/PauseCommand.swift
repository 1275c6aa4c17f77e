// `presence-gateway pause`: puts a route or a person of the running gateway on hold.

import ArgumentParser
import FoundationEssentials
import Gateway
import PluginAPI

struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Puts a route or a person on hold, for a while or until it is resumed.",
    discussion: "Asks the admin listener of the gateway that runs with this configuration.",
    subcommands: [Route.self, Person.self])

  struct Route: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Puts a whole route on hold.")
    @OptionGroup var route: RouteArguments
    @OptionGroup var gateway: RunningGatewayOptions
    @OptionGroup var terms: PauseTerms

    func run() async throws {
      try await gateway.asAdministrator { (session) async throws(AdminSession.Failure) in
        try await terms.put(route.pausePath, session)
      }
      tell("✓ \(route.words) is on hold \(terms.end)\n")
    }
  }

  struct Person: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Puts one person on hold, on all routes.")
    @OptionGroup var who: PersonArgument
    @OptionGroup var gateway: RunningGatewayOptions
    @OptionGroup var terms: PauseTerms

    func run() async throws {
      let name = try await gateway.asAdministrator { (session) async throws(AdminSession.Failure) in
        let user = try await session.user(of: who.person)
        try await terms.put(user.pausePath, session)
        return user.name
      }
      tell("✓ \(name) is on hold \(terms.end)\n")
    }
  }
}

struct PauseTerms: ParsableArguments {
  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("How long, such as 30m, 8h or 2d. Without it: until resumed.", valueName: "duration"))
  var time: String?
  @Flag(help: "Take back what is shown because of us, instead of leaving it as it is.") var clear = false
  @Option(help: ArgumentHelp("Why, for others to read.", valueName: "text")) var reason: String?

  var end: String { time.map { "for \($0)" } ?? "until it is resumed" }

  func validate() throws {
    guard let time else { return }
    guard let duration = Duration(configText: time), duration >= .seconds(60), duration <= Pause.longest
    else {
      throw ValidationError(
        "--for must be a time of 1min…\(Pause.longest.configText), such as 30m, 8h or 2d, is \(time)")
    }
  }

  func put(_ path: String, _ session: AdminSession) async throws(AdminSession.Failure) {
    struct Body: Encodable {
      let minutes: Int?
      let meanwhile: String
      let reason: String?
    }
    let duration = time.flatMap { Duration(configText: $0) }
    let body = Body(
      minutes: duration.map { Int(($0.inSeconds / 60).rounded(.up)) }, meanwhile: clear ? "clear" : "keep",
      reason: reason)
    try await session.ask("PUT", path, body: (try? JSONEncoder().encode(body)).map { [UInt8]($0) })
  }
}
