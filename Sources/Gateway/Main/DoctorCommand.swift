// `presence-gateway doctor`: tries every link to the real services.

import ArgumentParser
import Connectors
import Gateway

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Tries every link to the real services, changing nobody's presence.",
    discussion: "Exit code 0 when nothing failed, 1 when something did, 2 for a wrong configuration.")

  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Flag(help: "Print one JSON document instead of lines.") var json = false
  @Option(help: "PEM file with authorities to trust for the public address.") var trust: String?

  func run() async throws {
    let doctor: Doctor
    do {
      doctor = try Doctor(
        .init(config: config, environment: processEnvironment(), types: registeredPlugins, trust: trust))
    } catch {
      say(error.description)
      throw ExitCode(2)
    }
    let quiet = json
    let findings = await doctor.examine { finding in
      if !quiet { Terminal.write(finding.text) }
    }
    if json { Terminal.write(try DoctorReport(findings).json()) }
    let failures = findings.count(where: \.hasFailed)
    if !json {
      Terminal.write(failures == 0 ? "✓ all is well\n" : "✗ \(failures) of \(findings.count) failed\n")
    }
    if failures > 0 { throw ExitCode(1) }
  }
}
