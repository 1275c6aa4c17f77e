// `presence-gateway test`: what a configuration makes of presence, judged by the administrator's own examples.

import ArgumentParser
import Gateway

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Runs the tests of a configuration offline.",
    discussion:
      "plugins.tests.yaml holds tests for plugins.yaml: what is given in some systems, what is expected in others."
  )

  @Argument(help: "The file of tests.") var tests = "plugins.tests.yaml"
  @Option(help: "The configuration; by default the file of tests without .tests in its name.") var config:
    String?

  func run() async throws {
    let path =
      config
      ?? tests.split(separator: ".", omittingEmptySubsequences: false).filter { $0 != "tests" }
      .joined(separator: ".")
    let report = try OfflineConfiguration.sound(path).runTests(tests)
    for problem in report.mistakes { say(problem.description) }
    guard report.mistakes.isEmpty else { throw ExitCode(2) }
    for result in report.results {
      tell("\(result.failures.isEmpty ? "✓" : "✗") \(result.name)\n")
      for failure in result.failures { tell("  \(failure)\n") }
    }
    let failed = report.results.count { !$0.failures.isEmpty }
    tell("\(report.results.count - failed) of \(report.results.count) as expected\n")
    if failed > 0 { throw ExitCode(1) }
  }
}
