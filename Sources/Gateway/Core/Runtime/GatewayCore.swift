// The shell around the engine: it owns the clock, the tasks and the store, and nothing that is a rule.

import FoundationEssentials
import Logging
import PluginAPI

actor GatewayCore {
  var engine: Engine
  var plugins: [any Plugin]
  /// Of each plugin; another number under the same id is another instance.
  var instances: [Int]
  var ids: [String: Int]
  /// How often plugins and routes have been changed.
  var generation = 0
  /// In which generation each plugin came: whoever was gone in between has another outbox, whose users have other slots.
  var begun: [Int]
  var rosters: [String: RosterFeed] = [:]
  let store: any StateStore
  let clock: any GatewayClock
  var meters: FlowMeters
  let logger: Logger
  /// Nothing is written, only noted here.
  let shadow: ShadowLog?
  /// What is under way, and of which instance it was asked.
  var tasks: [Int: (instance: Int?, task: Task<Void, Never>)] = [:]
  var nextTask = 0
  var alarm: (at: Moment, task: Task<Void, Never>)?
  var rematching: Task<Void, Never>?
  private var lastMatching = Duration.zero
  var latencies: [RecentLatency]
  var outcomes: [[Engine.Outcome.Name: Int]]
  /// For the admin page: how often directories have changed, what became of each user's update, what flowed, and
  /// what was decided.
  var directoryGeneration = 0
  var notes: PersonNotes
  var series: [FlowSeries]
  let events: EventLog
  var lastRejection: [String: (user: UserID, reason: String)] = [:]
  /// Everything is being taken back; after `hasEnded` nothing is begun any more.
  var stopping = false
  var hasEnded = false
  /// Where pauses outlive the process.
  var pauseMemory: (any PluginState)?
  var toldPauses: [Pause] = []
  private var toldOverrides: [String] = []
  var settled: CheckedContinuation<Void, Never>?

  init(
    setup: EngineSetup, plugins: [any Plugin], instances: [Int]? = nil, store: any StateStore,
    clock: any GatewayClock, meters: FlowMeters, logger: Logger, shadow: ShadowLog? = nil,
    events: EventLog = EventLog()
  ) throws {
    self.plugins = plugins
    self.instances = instances ?? Array(plugins.indices)
    begun = plugins.map { _ in 0 }
    self.store = store
    self.clock = clock
    self.meters = meters
    self.logger = logger
    self.shadow = shadow
    self.events = events
    notes = PersonNotes(plugins: setup.plugins.count)
    series = setup.routes.map { _ in FlowSeries() }
    ids = Dictionary(uniqueKeysWithValues: setup.plugins.enumerated().map { ($1.id, $0) })
    latencies = setup.routes.map { _ in RecentLatency() }
    outcomes = setup.plugins.map { _ in [:] }
    var engine = Engine(setup, now: clock.now, date: clock.date)
    for record in try store.load() {
      guard let sink = ids[record.plugin], let remembered = record.content.remembered(at: clock.date) else {
        continue
      }
      engine.restore(remembered, user: record.user, sink: sink, now: clock.now)
    }
    for record in try store.said() {
      guard let plugin = ids[record.plugin], let presence = record.presence else { continue }
      engine.recall(
        presence, of: record.user, plugin: plugin,
        since: clock.now + .seconds(record.since.timeIntervalSince(clock.date)))
    }
    self.engine = engine
  }

  /// The same for all instances that live under one id.
  func roster(of id: String) -> RosterFeed {
    if let feed = rosters[id] { return feed }
    let feed = RosterFeed()
    rosters[id] = feed
    return feed
  }

  // MARK: Inputs

  func ingest(_ events: [PresenceEvent], from id: String) {
    guard let plugin = ids[id] else { return }
    meters.received(events.count, from: plugin)
    carryOut(engine.apply(events, of: plugin, now: clock.now))
  }

  func requestPoll(_ users: [UserID]?, of id: String) {
    if let plugin = ids[id] { carryOut(engine.requestPoll(users, of: plugin, now: clock.now)) }
  }

  func lost(_ facet: SinkFacet, of users: [UserID]?, in id: String) {
    if let sink = ids[id] { carryOut(engine.lost(facet, of: users, sink: sink, now: clock.now)) }
  }

  /// Matching looks at everybody, so changes that come one by one are taken together; where it takes long, so many
  /// that it never takes more than a fifth of the time.
  func publish(_ change: DirectoryChange, from id: String) {
    guard let plugin = ids[id] else { return }
    engine.apply(change, of: plugin)
    directoryGeneration += 1
    guard rematching == nil else { return }
    rematching = Task { [clock] in
      try? await clock.sleep(for: max(.milliseconds(50), lastMatching * 4))
      rematch()
    }
  }

  func restarted(_ id: String) {
    guard let plugin = ids[id] else { return }
    meters.restarted(plugin)
    carryOut(engine.requestPoll(nil, of: plugin, now: clock.now))
  }

  private func rematch() {
    rematching = nil
    guard !hasEnded else { return }
    let begin = clock.now
    let effects = engine.rematch(now: begin)
    // What little a small company leaves is not worth the stop.
    if clock.now - begin >= .milliseconds(20) { ResidentMemory.giveBack() }
    lastMatching = clock.now - begin
    carryOut(effects)
    directoryGeneration += 1
    meters.people(peopleCounts())
    for idle in engine.people.idleOverrides where !toldOverrides.contains(idle) {
      logger.warning("people override has no effect", metadata: ["reason": "\(idle)"])
    }
    toldOverrides = engine.people.idleOverrides
  }

  func wake() {
    alarm = nil
    engine.setDate(clock.date, now: clock.now)
    carryOut(engine.tick(now: clock.now))
  }
}
