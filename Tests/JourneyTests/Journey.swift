// A whole company in one process: simulated Teams and PBX, and the real gateway with the repository's plugins.yaml.

import Connectors
import FoundationEssentials
import Gateway
import Logging
import PluginAPI
import PluginTestKit
import Sandbox

final class Journey: CompanyAndGateway {
  let company: SimulatedCompany
  private let options: PresenceGateway.Options
  private let running: Locked<PresenceGateway>
  var gateway: PresenceGateway { running.withLock { $0 } }
  let adminPort: Int
  let publicPort: Int
  let http = CurlClient()
  /// A copy of the repository's. A command beside the gateway reads the same.
  let config: String
  let environment: [String: String]
  private let directory: String

  static let repository: String = {
    var path = #filePath.split(separator: "/").map(String.init)
    path.removeLast(3)
    return "/" + path.joined(separator: "/")
  }()
  /// The text of a file of the repository.
  static func file(_ name: String) throws -> String {
    try String(contentsOfFile: "\(repository)/\(name)", encoding: .utf8)
  }

  /// Starts everything and waits until the gateway is ready. `password` is what the PBX uses to log in; `config`
  /// changes the text of plugins.yaml.
  static func run(
    people: Int = 5, pbx peer: PBXPeer = PBXPeer(), password: String? = nil, awaitReady: Bool = true,
    shadow: ShadowLog? = nil, config: (@Sendable (String) throws -> String)? = nil,
    prepare: (_ directory: String) throws -> Void = { _ in },
    company: (inout CompanyOptions) -> Void = { _ in },
    _ body: (Journey) async throws -> Void
  ) async throws {
    let journey = try await Journey(
      people: people, peer, password: password, shadow: shadow, config: config,
      prepare: prepare,
      company: company)
    try await attempt {
      if awaitReady { try await journey.untilReady() }
      try await body(journey)
    } afterwards: {
      await journey.stop()
    }
  }

  private init(
    people: Int, _ peer: PBXPeer, password: String?, shadow: ShadowLog?,
    config: ((String) throws -> String)?, prepare: (String) throws -> Void,
    company change: (inout CompanyOptions) -> Void
  ) async throws {
    directory = FileManager.default.temporaryDirectory.path + "/journey-\(UInt64.random(in: 0...UInt64.max))"
    var options = CompanyOptions(directory: directory)
    options.people = people
    options.accounts = 1
    options.pbx = peer.variant
    change(&options)
    company = try SimulatedCompany(options)
    try await company.start()
    (publicPort, adminPort) = (try await freeLoopbackPort(), try await freeLoopbackPort())
    environment = company.environment(publicPort: publicPort, adminPort: adminPort)
    self.config = "\(directory)/plugins.yaml"
    var text = try Self.file("plugins.yaml")
    let pbxPort = peer.direction == .isDialled ? try await freeLoopbackPort() : nil
    if let pbxPort {
      text = try text.rewriting(("    type: pbx\n", "    type: pbx\n" + PBXDirection.yaml(port: pbxPort)))
    }
    try Data((config?(text) ?? text).utf8).write(to: URL(filePath: self.config))
    try prepare(directory)
    self.options = PresenceGateway.Options(
      config: self.config, environment: environment,
      types: registeredPlugins, version: "test", shadow: shadow,
      logHandler: { _, _ in SwiftLogNoOpLogHandler() })
    running = Locked(try PresenceGateway(self.options))
    try await gateway.start()
    if let pbxPort {
      try await company.openPBX(port: pbxPort, password: password)
    } else {
      try company.connectPBX(publicPort: publicPort, password: password)
    }
  }

  /// Ends the gateway, and starts another one with the same files at the same ports.
  func restart(whileDown body: () async throws -> Void = {}) async throws {
    await gateway.stop()
    try await body()
    let next = try PresenceGateway(options)
    running.withLock { $0 = next }
    try await next.start()
  }

  func stop() async {
    await gateway.stop()
    await company.stop()
    await http.shutdown()
    try? FileManager.default.removeItem(atPath: directory)
  }
}
