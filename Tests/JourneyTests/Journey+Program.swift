// The executable itself, run beside a journey with the journey's configuration.

import Clients
import FoundationEssentials

extension Journey {
  /// Nil, with a line that says so, where it has not been built.
  static var program: String? {
    let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folder = test.split(separator: "/").dropLast().map(String.init).reduce("") { "\($0)/\($1)" }
    guard FileManager.default.fileExists(atPath: "\(folder)/presence-gateway") else {
      print("skipped: \(folder)/presence-gateway has not been built")
      return nil
    }
    return "\(folder)/presence-gateway"
  }

  struct CommandOutcome {
    let succeeded: Bool
    let output: String
  }

  /// Runs it with these words and the journey's configuration file.
  func command(_ words: [String]) async -> CommandOutcome {
    let variables = environment.map { "'\($0.key)=\($0.value)'" }.sorted()
    let quoted = (words + [config]).map { "'\($0)'" }
    let line = (["env"] + variables + [Self.program ?? "false"] + quoted).joined(separator: " ")
    let (succeeded, output) = await Shell.run(line, within: 30)
    return CommandOutcome(succeeded: succeeded, output: output)
  }
}
