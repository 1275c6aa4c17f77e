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
    @Argument(help: "The id of the plugin that the route begins at.") var from: String
    @Argument(help: "The id of the plugin that it ends in.") var to: String
    @OptionGroup var gateway: RunningGatewayOptions
    @OptionGroup var terms: PauseTerms

    func run() async throws {
      let path = "/api/v1/routes/\(PercentCoding.encoded(from))/\(PercentCoding.encoded(to))/pause"
      try await terms.put(path, gateway)
      Terminal.write("✓ \(from) → \(to) is on hold \(terms.end)\n")
    }
  }

  struct Person: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Puts one person on hold, on all routes.")
    @Argument(help: "Id, e-mail address, number or name; a part is enough if it is unique.")
    var person: String
    @OptionGroup var gateway: RunningGatewayOptions
    @OptionGroup var terms: PauseTerms

    func run() async throws {
      let user = try await gateway.user(of: person)
      try await terms.put(user.pausePath, gateway)
      Terminal.write("✓ \(user.name) is on hold \(terms.end)\n")
    }
  }
}

struct PauseTerms: ParsableArguments {
  @Option(name: .customLong("for"), help: "How long, such as 30m, 8h or 2d; until it is resumed, otherwise.")
  var time: String?
  @Flag(help: "Take back what is shown because of us, instead of leaving it as it is.") var clear = false
  @Option(help: "Why, for others to read.") var reason: String?

  var end: String { time.map { "for \($0)" } ?? "until it is resumed" }

  func validate() throws {
    guard let time else { return }
    guard let duration = Duration(configText: time), duration >= .seconds(60) else {
      throw ValidationError("--for must be a time of a minute at least, such as 30m, 8h or 2d")
    }
  }

  func put(_ path: String, _ gateway: RunningGatewayOptions) async throws {
    struct Body: Encodable {
      let minutes: Int?
      let meanwhile: String
      let reason: String?
    }
    let duration = time.flatMap { Duration(configText: $0) }
    let body = Body(
      minutes: duration.map { Int(($0.inSeconds / 60).rounded(.up)) }, meanwhile: clear ? "clear" : "keep",
      reason: reason)
    _ = try await gateway.ask("PUT", path, body: [UInt8](try JSONEncoder().encode(body)))
  }
}

extension PersonStory.User {
  var pausePath: String {
    "/api/v1/people/\(PercentCoding.encoded(plugin))/\(PercentCoding.encoded(id.rawValue))/pause"
  }
}
