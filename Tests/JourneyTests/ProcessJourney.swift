// A simulated company beside the gateway as a process of its own, with the repository's plugins.yaml.

import FoundationEssentials
import Gateway
import Sandbox

#if canImport(Glibc)
  import Glibc
#endif

final class ProcessJourney: CompanyAndGateway {
  let company: SimulatedCompany
  let program: GatewayProgram
  let config: String
  let stateFolder: String
  let adminPort: Int
  let http = CurlClient()

  /// Starts everything, waits until the gateway is ready, and ends the process whatever happens. Says so and does
  /// nothing when the program has not been built.
  static func run(
    people: Int = 5, logLevel: String = "info", prepare: (_ stateFolder: String) throws -> Void = { _ in },
    _ body: (ProcessJourney) async throws -> Void
  ) async throws {
    guard let path = Journey.program else { return }
    let folder = try temporaryFolder("process")
    let stateFolder = "\(folder)/state"
    try FileManager.default.createDirectory(atPath: stateFolder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try prepare(stateFolder)
    let journey = try await ProcessJourney(
      path, people: people, logLevel: logLevel, folder: folder, stateFolder: stateFolder)
    try await attempt {
      try await journey.untilReady()
      try await body(journey)
    } afterwards: {
      await journey.end()
    }
  }

  private init(
    _ path: String, people: Int, logLevel: String, folder: String, stateFolder: String
  ) async throws {
    var options = CompanyOptions(directory: folder)
    options.people = people
    options.accounts = 1
    company = try SimulatedCompany(options)
    try await company.start()
    let publicPort = try await freeLoopbackPort()
    adminPort = try await freeLoopbackPort()
    var environment = company.environment(publicPort: publicPort, adminPort: adminPort)
    environment["PRESENCE_LOG_LEVEL"] = logLevel
    environment["PRESENCE_STATE"] = "sqlite:\(stateFolder)/presence-gateway.db"
    config = "\(folder)/plugins.yaml"
    self.stateFolder = stateFolder
    try FileManager.default.copyItem(atPath: "\(Journey.repository)/plugins.yaml", toPath: config)
    program = try GatewayProgram(path, config: config, environment: environment, log: "\(folder)/log")
    try company.connectPBX(publicPort: publicPort)
  }

  private func end() async {
    program.send(SIGKILL)
    _ = try? await until("it is gone") { program.exitCode() != nil }
    await company.stop()
    await http.shutdown()
  }

  func evidence() -> String { String(program.logText.suffix(2000)) }
}
