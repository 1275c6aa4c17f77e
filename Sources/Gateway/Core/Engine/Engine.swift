// The pure heart of the gateway: who said what, what each sink should show, and what is left to send.

import PluginAPI

/// Every input takes `now` and returns effects for the shell to carry out; no clock, no I/O, no tasks.
struct Engine: Sendable {
  enum Effect: Sendable {
    case deliver(plugin: Int, updates: [PresenceUpdate], shipment: Outbox.Shipment)
    case poll(plugin: Int, users: [UserID])
    case roster(plugin: Int, RosterSnapshot)
    /// To the store, and before a delivery that follows it.
    case remember(plugin: Int, user: UserID, Outbox.Remembered)
    case delivered(route: Int, latency: Duration)
    case outcome(plugin: Int, user: UserID, Outcome)
    case echo(plugin: Int)
  }
  enum Outcome: Sendable, Equatable {
    case accepted, expired
    case postponed(reason: String)
    case rejected(reason: String)
  }

  var setup: EngineSetup
  var tables: [UserTable]
  var outboxes: [Outbox?]
  var polls: [PollPlan?]
  var directories: [[UserID: DirectoryUser]]
  var heardDirectory: [Bool]
  var people: PeopleIndex
  /// For each plugin the routes that start, and that end, there.
  var routesFrom: [[Int]]
  var routesTo: [[Int]]
  var rosters: [RosterSnapshot?]

  init(_ setup: EngineSetup, now: Moment) {
    self.setup = setup
    let plugins = setup.plugins
    tables = plugins.map { _ in UserTable() }
    outboxes = plugins.enumerated().map { index, plugin in
      plugin.sink.map { Outbox(limits: $0.limits, seed: setup.seed &+ UInt64(index), now: now) }
    }
    polls = plugins.enumerated().map { index, plugin in
      plugin.poll.map {
        PollPlan(limits: $0.limits, interval: $0.interval, seed: setup.seed &+ UInt64(index) &+ 77, now: now)
      }
    }
    directories = plugins.map { _ in [:] }
    heardDirectory = plugins.map { !$0.hasDirectory }
    people = PeopleIndex(standings: plugins.map { _ in [:] })
    routesFrom = setup.routes(by: \.from)
    routesTo = setup.routes(by: \.to)
    rosters = plugins.map { _ in nil }
  }

  // MARK: Time

  mutating func tick(now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for sink in outboxes.indices {
      for event in outboxes[sink]?.tick(now: now) ?? [] {
        effects += self.effects(of: event, sink: sink, now: now)
      }
    }
    return effects + pump(now: now)
  }

  func nextWake(now: Moment) -> Moment? {
    let wakes = outboxes.map { $0?.nextWake(now: now) } + polls.map { $0?.nextWake(now: now) }
    return wakes.compactMap { $0 }.min()
  }

  /// Hands out everything that limits allow now.
  mutating func pump(now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for sink in outboxes.indices {
      while let shipment = outboxes[sink]?.collect(now: now) {
        let updates = shipment.slots.indices.map { index in
          PresenceUpdate(
            user: tables[sink].ids[shipment.slots[index]], presence: shipment.values[index],
            previous: shipment.previous[index], cause: shipment.causes[index])
        }
        effects += shipment.slots.compactMap { remember($0, of: sink, now: now) }
        effects.append(.deliver(plugin: sink, updates: updates, shipment: shipment))
      }
    }
    for plugin in polls.indices {
      while let users = polls[plugin]?.next(now: now) { effects.append(.poll(plugin: plugin, users: users)) }
    }
    return effects
  }
}
