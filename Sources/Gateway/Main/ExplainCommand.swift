// `presence-gateway explain`: one person's story, told by the running gateway.

import ArgumentParser
import Gateway

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Tells why the systems show what they show for one person.",
    discussion: "Asks the admin listener of the gateway that runs with this configuration.")

  @Argument(
    help: "Id, e-mail address, user principal name, number or name; a part is enough if it is unique.")
  var person: String
  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let loaded = GatewayConfig.load(
      path: config, environment: processEnvironment(), types: registeredPlugins,
      context: { OfflineContext.context(id: $0) })
    for problem in loaded.errors { say(problem.description) }
    guard loaded.errors.isEmpty else { throw ExitCode(2) }
    let answer: (status: Int, text: String)
    do {
      answer = try await AdminClient(loaded.config.admin.listen).get(
        "/api/v1/explain", ["person": person, "format": json ? "json" : "text"])
    } catch {
      say("presence-gateway: the gateway does not answer at \(loaded.config.admin): \(error)")
      throw ExitCode(1)
    }
    guard answer.status == 200 else {
      say(answer.text.hasSuffix("\n") ? String(answer.text.dropLast()) : answer.text)
      throw ExitCode(1)
    }
    Terminal.write(answer.text.hasSuffix("\n") ? answer.text : answer.text + "\n")
  }
}
