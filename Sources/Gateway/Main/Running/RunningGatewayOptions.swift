// What every command says that talks to the gateway that runs with this configuration.

import ArgumentParser
import FoundationEssentials
import Gateway

struct RunningGatewayOptions: ParsableArguments {
  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Option(help: "File with the administrator's password, instead of what gateway.admin.password refers to.")
  var passwordFile: String?

  func client() throws -> AdminClient {
    let loaded = GatewayConfig.load(
      path: config, environment: processEnvironment(), types: registeredPlugins,
      context: { OfflineContext.context(id: $0) })
    for problem in loaded.errors { say(problem.description) }
    guard loaded.errors.isEmpty else { throw ExitCode(2) }
    return AdminClient(loaded.config.admin, password: try passwordFile.map(Self.firstLine))
  }

  /// What the gateway answers, when it does what it was asked; ends the command with the reason otherwise.
  func ask(
    _ method: String, _ path: String, query: [String: String] = [:], body: [UInt8]? = nil
  ) async throws -> String {
    let client = try client()
    do throws(AdminClient.Failure) {
      let answer = try await client.ask(method, path, query: query, body: body)
      guard (200..<300).contains(answer.status) else { throw answer.refusal }
      return answer.text
    } catch {
      say("presence-gateway: \(error)")
      throw ExitCode(1)
    }
  }

  private static func firstLine(_ path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(whereSeparator: \.isNewline).first
    else {
      say("presence-gateway: \(path) cannot be read, or is empty")
      throw ExitCode(2)
    }
    return String(line)
  }
}
