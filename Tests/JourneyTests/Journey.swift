// A whole company in one process: simulated Teams and PBX, and the real gateway with the repository's plugins.yaml.

import FoundationEssentials
import Gateway
import Logging
import Microsoft365
import NIOCore
import PBX
import PluginAPI
import Sandbox
import Testing

import enum PluginTestKit.Patience

final class Journey: Sendable {
  let company: SimulatedCompany
  let gateway: PresenceGateway
  let adminPort: Int
  let publicPort: Int
  let http = CurlClient()
  /// What the gateway reads: a copy of the repository's, for tests to change. A command beside it reads the same.
  let config: String
  let environment: [String: String]
  private let directory: String

  static let repository: String = {
    var path = #filePath.split(separator: "/").map(String.init)
    path.removeLast(3)
    return "/" + path.joined(separator: "/")
  }()

  /// Starts everything and waits until the gateway is ready. `password` is what the PBX uses to log in; `config`
  /// changes the text of plugins.yaml.
  static func run(
    people: Int = 5, pbx direction: PBXDirection = .dialsIn, password: String? = nil, awaitReady: Bool = true,
    shadow: ShadowLog? = nil, config: (@Sendable (String) -> String)? = nil,
    prepare: (_ directory: String) throws -> Void = { _ in },
    company: (inout CompanyOptions) -> Void = { _ in },
    _ body: (Journey) async throws -> Void
  ) async throws {
    let journey = try await Journey(
      people: people, direction: direction, password: password, shadow: shadow, config: config,
      prepare: prepare,
      company: company)
    do {
      if awaitReady {
        try await journey.until("the gateway is ready") { await journey.get("/readyz")?.status == 200 }
      }
      try await body(journey)
    } catch {
      await journey.stop()
      throw error
    }
    await journey.stop()
  }

  private init(
    people: Int, direction: PBXDirection, password: String?, shadow: ShadowLog?,
    config: ((String) -> String)?, prepare: (String) throws -> Void,
    company change: (inout CompanyOptions) -> Void
  ) async throws {
    directory = FileManager.default.temporaryDirectory.path + "/journey-\(UInt64.random(in: 0...UInt64.max))"
    var options = CompanyOptions(directory: directory)
    options.people = people
    options.accounts = 1
    change(&options)
    company = try SimulatedCompany(options)
    try await company.start()
    (publicPort, adminPort) = (try await freeLoopbackPort(), try await freeLoopbackPort())
    environment = company.environment(publicPort: publicPort, adminPort: adminPort)
    self.config = "\(directory)/plugins.yaml"
    var text = String(
      decoding: try Data(contentsOf: URL(filePath: "\(Self.repository)/plugins.yaml")), as: UTF8.self)
    let pbxPort = direction == .isDialled ? try await freeLoopbackPort() : nil
    if let pbxPort {
      text = text.replacing("    type: pbx\n", with: "    type: pbx\n" + PBXDirection.yaml(port: pbxPort))
    }
    try Data((config?(text) ?? text).utf8).write(to: URL(filePath: self.config))
    try prepare(directory)
    gateway = try PresenceGateway(
      .init(
        config: self.config, environment: environment,
        types: [Microsoft365Plugin.self, PBXPlugin.self], version: "test", shadow: shadow,
        logHandler: { _, _ in SwiftLogNoOpLogHandler() }))
    try await gateway.start()
    if let pbxPort {
      try await company.openPBX(port: pbxPort, password: password)
    } else {
      try company.connectPBX(publicPort: publicPort, password: password)
    }
  }

  func stop() async {
    await gateway.stop()
    await company.stop()
    await http.shutdown()
    try? FileManager.default.removeItem(atPath: directory)
  }

  struct NeverHappened: Error, CustomStringConvertible {
    let description: String
  }

  /// Waits for something that another task brings about; gives up after a minute, for slow machines.
  func until(
    _ what: @autoclosure () -> String, within seconds: Int64 = 60, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = NIODeadline.now() + .seconds(seconds * Int64(Patience.factor))
    while NIODeadline.now() < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw NeverHappened(description: "\(what()): not within \(seconds) s; \(await status())")
  }

  func get(_ path: String) async -> HTTPResponse? {
    try? await http.send(HTTPRequest("GET", "http://127.0.0.1:\(adminPort)\(path)"))
  }

  func status() async -> String { String(decoding: await get("/status.json")?.body ?? [], as: UTF8.self) }

  /// The sum of a metric over the series whose labels contain all of `labels`.
  func metric(_ name: String, _ labels: String...) async -> Double {
    let text = String(decoding: await get("/metrics")?.body ?? [], as: UTF8.self)
    return text.split(separator: "\n").filter { line in
      line.hasPrefix(name + "{") && labels.allSatisfy { line.contains($0) }
    }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
  }

  /// Replaces a text that stands once in the gateway's configuration file.
  func rewrite(_ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: config, encoding: .utf8)
    try #require(text.ranges(of: old).count == 1, "\(old) does not stand once in plugins.yaml")
    try text.replacing(old, with: new).write(toFile: config, atomically: true, encoding: .utf8)
  }

  // MARK: The two sides

  func teams(_ person: Int) -> String { "\(company.graph.visiblePresence(of: person))" }
  /// What the PBX holds under our own contact, and whether with an alien call.
  func telephone(_ person: Int) async -> String {
    let name = company.population.people[person].sip
    let left = await company.pbx.leftovers(contact: "teams:")
    let words = left.entries.filter { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    return (words + left.alienCalls.filter { $0 == name }.map { _ in "call" }).joined(separator: " ")
  }
}
