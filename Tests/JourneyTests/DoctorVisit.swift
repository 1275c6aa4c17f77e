// A small simulated company that `doctor` is let loose on, with no gateway running.

import Connectors
import FoundationEssentials
import Gateway
import Sandbox

enum DoctorVisit {
  /// Three people and one account; the company ends after `body`, which gets the port that the doctor will open.
  static func run<Result>(
    _ body: (SimulatedCompany, _ environment: [String: String], _ port: Int) async throws -> Result
  ) async throws -> Result {
    let directory = try temporaryFolder("doctor")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var options = CompanyOptions(directory: directory)
    options.people = 3
    options.accounts = 1
    let company = try SimulatedCompany(options)
    try await company.start()
    let port = try await freeLoopbackPort()
    let environment = company.environment(publicPort: port, adminPort: try await freeLoopbackPort())
    return try await attempt {
      try await body(company, environment, port)
    } afterwards: {
      await company.stop()
    }
  }

  /// What the doctor says with the repository's configuration: all of it, or of one plugin.
  static func lines(
    about part: String? = nil, _ environment: [String: String], patience: Duration = .seconds(60)
  ) async throws -> [String] {
    let doctor = try Doctor(
      .init(
        config: "\(Journey.repository)/plugins.yaml", environment: environment,
        types: registeredPlugins, trust: environment["TEAMS_TRUST"],
        patience: patience))
    return await doctor.examine { _ in }.filter { part == nil || $0.part == part }.map(\.text)
  }
}
