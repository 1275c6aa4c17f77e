// The PBX connector behind a real listener, with simulated PBXs on real sockets: what the core would ask, a test asks.

import FoundationEssentials
import Gateway
import Logging
import NIOCore
import NIOPosix
import PBX
import PluginAPI
import PluginTestKit
import Sandbox

final class PBXSite: Sendable {
  let recorded: RecordingContext
  let directory = RecordingDirectory()
  let roster = ManualRoster()
  let plugin: PBXPlugin
  let population: Population
  let system: PBXSystem
  let port: Int
  private let server: WebServer
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let tasks = Locked<[Task<Void, any Error>]>([])
  /// How each PBX is switched off again.
  private let powered = Locked<[String: @Sendable () async -> Void]>([:])
  private let direction: PBXDirection
  /// Where the PBXs listen that are dialled.
  private let ports: [String: Int]

  static let path = "/contoso.example/presence"
  static let password = "pwd"

  struct NoObserver: SandboxObserver {
    func undone(_ side: SandboxSide, person: Int, state: String) {}
    func sent(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {}
    func accepted(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {}
    func refused(_ side: SandboxSide, reason: String) {}
  }

  /// Everything stands, and nobody has dialled yet.
  init(
    people: Int, pbxs: [String] = ["pbx"], _ peer: PBXPeer = PBXPeer(), apis: [String] = PBXDirection.apis,
    options: [String: ConfigValue] = [:], state: MemoryState = .init()
  ) async throws {
    direction = peer.direction
    var ports: [String: Int] = [:]
    if direction == .isDialled { for pbx in pbxs { ports[pbx] = try await freeLoopbackPort() } }
    self.ports = ports
    recorded = RecordingContext(state: state)
    var config: [String: ConfigValue] = [
      "master": "pbx", "subscribe_per_second": "10000",
      "app": ["path": .scalar(Self.path), "password": .scalar("env:\(Self.password)")],
    ]
    population = Population(count: people, seed: 11)
    if direction == .isDialled {
      config["domain"] = .scalar(population.domain)
      config["redial"] = "1s"
      config["connect"] = .list(
        ports.map { PBXDirection.entry($0.key, port: $0.value, apis: apis) })
    }
    config.merge(options) { $1 }
    plugin = PBXPlugin(
      config: TestConfig(.mapping(config)).section,
      context: recorded.context(id: "pbx", webSockets: WebSocketClient()))
    system = PBXSystem(
      world: PBXWorld(population: population, pbxs: pbxs, variant: peer.variant), observer: NoObserver(),
      on: group.next())
    let routes = plugin.routes.map { (pluginID: "pbx", route: $0) }
    server = WebServer(
      WebServerOptions(name: "public", listen: ListenAddress(host: "127.0.0.1", port: 0)),
      router: try WebRouter(plugins: routes),
      logger: Logger(label: "web", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await server.start()
    port = server.port ?? 0
    start { [plugin] in try await plugin.run() }
    start { [plugin, directory] in try await plugin.publishDirectory(to: directory) }
    start { [plugin, roster] in try await plugin.stream(roster) }
  }

  static func run(
    people: Int, pbxs: [String] = ["pbx"], _ peer: PBXPeer = PBXPeer(), apis: [String] = PBXDirection.apis,
    options: [String: ConfigValue] = [:], _ body: (PBXSite) async throws -> Void
  ) async throws {
    let site = try await PBXSite(people: people, pbxs: pbxs, peer, apis: apis, options: options)
    try await attempt {
      try await body(site)
    } afterwards: {
      await site.stop()
    }
  }

  func stop() async {
    for task in tasks.withLock({ $0 }) { task.cancel() }
    for name in powered.withLock({ $0 }).keys { await powerOff(name) }
    await server.stop(grace: .zero)
    try? await group.shutdownGracefully()
  }

  private func start(_ body: @escaping @Sendable () async throws -> Void) {
    tasks.withLock { $0.append(Task { try await body() }) }
  }

  // MARK: PBXs

  /// The PBX dials, and dials again, or waits to be dialled, until it is switched off.
  func powerOn(_ name: String, _ change: (inout PBXSettings) -> Void = { _ in }) async throws {
    var settings = PBXSettings(
      name: name, appURL: "http://127.0.0.1:\(port)\(Self.path)/presence", password: Self.password)
    settings.redial = PBXRedial(first: .milliseconds(20), longest: .milliseconds(200))
    change(&settings)
    switch direction {
    case .dialsIn:
      let service = try PBXService(settings, in: system)
      let task = Task { await service.run() }
      powered.withLock {
        $0[name] = {
          task.cancel()
          await task.value
        }
      }
    case .isDialled:
      let listener = try await PBXListener(settings, in: system, port: ports[name] ?? 0)
      powered.withLock { $0[name] = { await listener.close() } }
    }
  }

  /// Returns when the connection is closed.
  func powerOff(_ name: String) async {
    let off = powered.withLock { $0.removeValue(forKey: name) }
    await off?()
  }

  // MARK: The core's part

  func id(_ person: Int) -> UserID { UserID(population.people[person].pbxGUID) }

  /// Delivers as the core does: what is put off is tried again, after a lost answer as a repair.
  func deliver(_ person: Int, _ presence: Presence?, previous: Presence? = nil) async throws
    -> DeliveryOutcome
  {
    var cause = presence == nil ? PresenceUpdate.Cause.clear : .change
    while true {
      let update = PresenceUpdate(user: id(person), presence: presence, previous: previous, cause: cause)
      guard let outcome = try await plugin.deliver([update]).first else {
        throw NeverHappened(description: "no outcome")
      }
      guard case .retry = outcome else { return outcome }
      cause = .repair
      try await Task.sleep(for: .milliseconds(5))
      recorded.clock.advance(by: .milliseconds(5))
    }
  }

  var snapshot: [DirectoryUser]? {
    for change in directory.changes.reversed() { if case .snapshot(let users) = change { return users } }
    return nil
  }

  func check(_ name: String) -> Check.State? { recorded.health.checks[name]?.state }

  // MARK: Time

  // The connector's clock goes while something is waited for, about as fast as the real one.
  func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60 * Patience.factor)
    while ContinuousClock.now < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(2))
      recorded.clock.advance(by: .milliseconds(2))
    }
    throw NeverHappened(description: "\(what): not within a minute")
  }

  /// Time that nobody has to wait for.
  func pass(_ duration: Duration) async { await recorded.clock.pass(duration) }
}
