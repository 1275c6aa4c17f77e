// `presence-gateway sandbox`: a simulated company around the real gateway.

import ArgumentParser
import Sandbox

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract:
      "Runs a simulated company: Microsoft 365 tenant, PBX, people, and the real gateway between them.",
    discussion:
      "Everything is on loopback, and ends with Ctrl-C. The gateway runs the given plugins.yaml unchanged.")

  @Option(help: "How many people work there.") var people = 250
  @Option(help: "The same seed gives the same company and the same day.") var seed: UInt64 = 1
  @Option(help: "End after so many seconds; 0: run until Ctrl-C.") var seconds = 0
  @Option(help: "How many times faster than real time people work.") var speed = 10.0
  @Option(help: "Sync accounts for reading; one carries 650 people.") var accounts = 4
  @Option(help: "The configuration that the gateway runs.") var config = "plugins.yaml"
  @Option(help: "Kill the gateway with SIGKILL after so many seconds, once, and start it again; 0: never.")
  var killAfter = 0
  @Flag(help: "Print the summary as one line of JSON, and all else on standard error.")
  var json = false

  func validate() throws {
    guard (1...20_000).contains(people) else {
      throw ValidationError("--people must be 1…20000, is \(people)")
    }
    guard (0.1...1000).contains(speed) else { throw ValidationError("--speed must be 0.1…1000, is \(speed)") }
    guard (0...86_400).contains(seconds) else {
      throw ValidationError("--seconds must be 0…86400, is \(seconds)")
    }
    guard (1...32).contains(accounts) else {
      throw ValidationError("--accounts must be 1…32, is \(accounts)")
    }
  }

  func run() async throws { try await SandboxRun(self).run() }
}
