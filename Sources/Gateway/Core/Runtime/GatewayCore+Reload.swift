// How the shell takes in a new configuration while it runs.

import PluginAPI

extension GatewayCore {
  /// From now on these plugins and routes count. Whoever keeps the instance keeps everything, also what is under way;
  /// `held` is what the store remembers of plugins that are new.
  func reconfigure(
    _ setup: EngineSetup, plugins: [any Plugin], instances: [Int], meters: FlowMeters, held: [HeldRecord]
  ) {
    let before = engine.setup
    let routes = setup.routes.map { before.number(of: $0, in: setup) }
    latencies = routes.map { $0.map { latencies[$0] } ?? RecentLatency() }
    series = routes.map { $0.map { series[$0] } ?? FlowSeries() }
    let counts = Dictionary(zip(before.plugins.map(\.id), outcomes), uniquingKeysWith: { first, _ in first })
    outcomes = setup.plugins.map { counts[$0.id] ?? [:] }
    notes.renumber(setup.plugins.map { plugin in before.plugins.firstIndex { $0.id == plugin.id } })
    for sink in before.plugins.indices { self.meters.waiting(0, oldest: .zero, in: sink) }
    generation += 1
    directoryGeneration += 1
    self.meters = meters
    self.plugins = plugins
    let same = setup.plugins.map(before.number)
    let remade = instances.indices.filter { number in
      same[number].map { self.instances[$0] != instances[number] } ?? false
    }
    begun = same.map { $0.map { begun[$0] } ?? generation }
    self.instances = instances
    ids = Dictionary(uniqueKeysWithValues: setup.plugins.enumerated().map { ($1.id, $0) })
    for call in tasks.values {
      if let instance = call.instance, !instances.contains(instance) { call.task.cancel() }
    }
    let effects = engine.reconfigure(setup, now: clock.now)
    restore(held)
    carryOut(effects)
    // What the former instance refused, or waited for, the new one may accept.
    for sink in remade { carryOut(engine.lost(.nothing, of: nil, sink: sink, now: clock.now)) }
    meters.people(peopleCounts())
  }

  /// What the engine starts from, of plugins that are there.
  func restore(_ records: [HeldRecord]) {
    for record in records {
      guard let sink = ids[record.plugin], let remembered = record.content.remembered(at: clock.date) else {
        continue
      }
      engine.restore(remembered, user: record.user, sink: sink, now: clock.now)
    }
  }

  /// Returns when the sink has nothing left to do, or the time is up: whether it has.
  func awaitSettled(_ id: String, within limit: Duration) async -> Bool {
    let deadline = clock.now + limit
    while let sink = ids[id], let outbox = engine.outboxes[sink], outbox.depth > 0, clock.now < deadline {
      do { try await clock.sleep(for: .milliseconds(50)) } catch { return false }
    }
    return ids[id].flatMap { engine.outboxes[$0]?.depth } ?? 0 == 0
  }
}
