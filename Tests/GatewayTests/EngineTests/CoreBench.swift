// A whole core between two scripted plugins, with a clock that stands still until it is waited for something.

import CoreMetrics
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

/// A store that a test can look into, and that lists what it was asked in order.
final class MemoryStore: StateStore {
  private let records: PluginTestKit.Locked<[String: HeldRecord]>
  private let sayings = PluginTestKit.Locked<[SourceRecord]>([])
  private let steps = PluginTestKit.Locked<[String]>([])

  init(_ records: [HeldRecord] = [], said: [SourceRecord] = []) {
    sayings.withLock { $0 = said }
    self.records = PluginTestKit.Locked(
      Dictionary(uniqueKeysWithValues: records.map { ("\($0.plugin) \($0.user)", $0) }))
  }
  var log: [String] { steps.withLock { $0 } }
  func note(_ step: String) { steps.withLock { $0.append(step) } }

  func load() -> [HeldRecord] { records.withLock { $0.values.filter { $0.content != .nothing } } }
  func held(of plugin: String) async -> [HeldRecord] { load().filter { $0.plugin == plugin } }
  func record(_ new: [HeldRecord]) {
    for record in new {
      records.withLock { $0["\(record.plugin) \(record.user)"] = record }
      switch record.content {
      case .nothing: note("\(record.user) nothing")
      case .held(let held, _): note("\(record.user) \(held.availability)")
      case .doubtful(let values): note("\(record.user) perhaps \(values.map { "\($0.availability)" })")
      }
    }
  }
  func said() -> [SourceRecord] { sayings.withLock { $0 } }
  func record(_ said: [SourceRecord]) { sayings.withLock { $0 += said } }
  func barrier() async { note("barrier") }
  func close() async {}
}

struct CoreBench {
  let clock = ManualClock()
  let log = NotedLog()
  let store: MemoryStore
  let board = HealthBoard()
  let core: GatewayCore
  let plugins: [ScriptedPlugin]

  init(
    teams: ScriptedPlugin = ScriptedPlugin(), pbx: ScriptedPlugin = ScriptedPlugin(),
    store: MemoryStore = .init(), metrics: any MetricsFactory = NOOPMetricsHandler.instance
  ) throws {
    self.store = store
    plugins = [teams, pbx]
    let setup = Self.setup(plugins)
    core = try GatewayCore(
      setup: setup, plugins: plugins, store: store, clock: clock,
      meters: FlowMeters(setup, factory: metrics), logger: log.logger())
  }

  private static let names = ["teams", "pbx"]

  private static func setup(_ plugins: [ScriptedPlugin], without gone: String? = nil) -> EngineSetup {
    let parts = zip(names, plugins).filter { $0.0 != gone }.map { id, plugin in
      EngineSetup.PluginPart(
        id: id, hasDirectory: true,
        sink: .init(
          limits: plugin.deliveryLimits, held: { plugin.held(for: $0) }, echoes: { plugin.echoes(of: $0) }),
        poll: (plugin.pollLimits, plugin.pollInterval))
    }
    return EngineSetup(
      plugins: parts,
      routes: gone != nil
        ? []
        : [.init(from: 0, to: 1, priority: 0, map: { $0 }), .init(from: 1, to: 0, priority: 0, map: { $0 })],
      match: [.email], seed: 1)
  }

  /// The same instances, some of them gone.
  func reload(without gone: String? = nil) async {
    let setup = Self.setup(plugins, without: gone)
    let kept = plugins.indices.filter { Self.names[$0] != gone }
    await core.reconfigure(
      setup, plugins: kept.map { plugins[$0] }, instances: kept,
      meters: FlowMeters(setup, factory: NOOPMetricsHandler.instance), held: [])
  }

  func publishPeople(_ count: Int) async {
    for (plugin, id) in ["teams", "pbx"].enumerated() {
      await core.publish(.snapshot((0..<count).map { EngineBench.directoryUser(plugin, $0) }), from: id)
    }
    await until("people are matched") { await core.peopleCounts()["matched"] == count }
  }
  func says(_ plugin: Int, _ number: Int, _ presence: Presence) async {
    let event = PresenceEvent(
      user: EngineBench.user(plugin, number), presence: presence, receivedAt: clock.now)
    await core.ingest([event], from: ["teams", "pbx"][plugin])
  }

  func supervisor(of index: Int) -> Supervisor {
    let reference = CoreReference()
    reference.connect(core)
    let ports = PluginPorts(
      id: ["teams", "pbx"][index], core: reference, board: board, problems: ProblemBoard(), clock: clock)
    return Supervisor(
      plugin: plugins[index], seed: index, ports: ports, core: core, clock: clock, logger: log.logger())
  }

  /// Lets tasks run, and time pass while they only wait for it, until it is so.
  func until(_ what: String, _ isSo: () async -> Bool) async {
    for _ in 0..<20_000 {
      for _ in 0..<20 {
        if await isSo() { return }
        await Task.yield()
      }
      clock.advance(by: .milliseconds(20))
    }
    Issue.record("never: \(what)")
  }
}
