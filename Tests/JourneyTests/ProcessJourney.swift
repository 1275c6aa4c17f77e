// A simulated company beside the gateway as a process of its own, with the repository's plugins.yaml.

import FoundationEssentials
import Gateway
import NIOCore
import PluginAPI
import Sandbox
import Testing

#if canImport(Glibc)
  import Glibc
#endif

final class ProcessJourney: Sendable {
  let company: SimulatedCompany
  let program: GatewayProgram
  let config: String
  let stateFolder: String
  private let adminPort: Int
  private let http = CurlClient()

  /// Starts everything, waits until the gateway is ready, and ends the process whatever happens. Says so and does
  /// nothing when the program has not been built.
  static func run(
    people: Int = 5, prepare: (_ stateFolder: String) throws -> Void = { _ in },
    _ body: (ProcessJourney) async throws -> Void
  ) async throws {
    guard let path = Journey.program else { return }
    let folder =
      FileManager.default.temporaryDirectory.path + "/process-\(UInt64.random(in: 0...UInt64.max))"
    let stateFolder = "\(folder)/state"
    try FileManager.default.createDirectory(atPath: stateFolder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try prepare(stateFolder)
    let journey = try await ProcessJourney(path, people: people, folder: folder, stateFolder: stateFolder)
    do {
      try await journey.untilReady()
      try await body(journey)
    } catch {
      await journey.end()
      throw error
    }
    await journey.end()
  }

  private init(_ path: String, people: Int, folder: String, stateFolder: String) async throws {
    var options = CompanyOptions(directory: folder)
    options.people = people
    options.accounts = 1
    company = try SimulatedCompany(options)
    try await company.start()
    let publicPort = try await freeLoopbackPort()
    adminPort = try await freeLoopbackPort()
    var environment = company.environment(publicPort: publicPort, adminPort: adminPort)
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

  func untilReady() async throws {
    try await until("the gateway is ready") { await get("/readyz")?.status == 200 }
  }

  func until(_ what: String, within seconds: Int64 = 60, _ condition: () async throws -> Bool) async throws {
    let deadline = NIODeadline.now() + .seconds(seconds)
    while NIODeadline.now() < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw Journey.NeverHappened(
      description: "\(what): not within \(seconds) s; \(program.logText.suffix(2000))")
  }

  func get(_ path: String) async -> HTTPResponse? {
    try? await http.send(HTTPRequest("GET", "http://127.0.0.1:\(adminPort)\(path)"))
  }
  func status() async -> String { String(decoding: await get("/status.json")?.body ?? [], as: UTF8.self) }

  /// Replaces texts that stand once each, in one writing: the file is looked at all the time.
  func rewrite(_ changes: (old: String, new: String)...) throws { try rewrite(changes) }
  func rewrite(_ changes: [(old: String, new: String)]) throws {
    var text = try String(contentsOfFile: config, encoding: .utf8)
    for (old, new) in changes {
      try #require(text.ranges(of: old).count == 1, "\(old) does not stand once in plugins.yaml")
      text = text.replacing(old, with: new)
    }
    try text.write(toFile: config, atomically: true, encoding: .utf8)
  }

  /// What the PBX holds under our own contact.
  func telephone(_ person: Int) async -> String {
    let name = company.population.people[person].sip
    let entries = await company.pbx.leftovers(contact: "teams:").entries
    return entries.first { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
  }
  func teams(_ person: Int) -> String { "\(company.graph.visiblePresence(of: person))" }
}
