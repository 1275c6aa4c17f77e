// `presence-gateway doctor`: tries every link to the real services.

import ArgumentParser
import Connectors
import Gateway

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Tries every link to the real services, changing nobody's presence.",
    discussion: "A gateway that runs already is asked how it is. Ends with 1 when something failed.")

  @Argument(help: "The configuration file.") var config = "plugins.yaml"
  @Flag(help: "Print one JSON document instead of lines.") var json = false
  @Option(help: ArgumentHelp("PEM file with authorities to trust for the public address.", valueName: "file"))
  var trust: String?

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
      if !quiet { tell(finding.text) }
    }
    if json { tell(try DoctorReport(findings).json()) }
    let failures = findings.count(where: \.hasFailed)
    if !json {
      tell(failures == 0 ? "✓ all is well\n" : "✗ \(failures) of \(findings.count) failed\n")
    }
    if failures > 0 { throw ExitCode(1) }
  }
}
