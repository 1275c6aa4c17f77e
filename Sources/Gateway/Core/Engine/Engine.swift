// The pure heart of the gateway: who said what, what each sink should show, and what is left to send.

import FoundationEssentials
import PluginAPI

/// Every input takes `now` and returns effects for the shell to carry out; no clock, no I/O, no tasks.
struct Engine: Sendable {
  enum Effect: Sendable {
    case deliver(plugin: Int, updates: [PresenceUpdate], shipment: Outbox.Shipment)
    case poll(plugin: Int, users: [UserID])
    case roster(plugin: Int, RosterSnapshot)
    /// To the store, and before a delivery that follows it.
    case remember(plugin: Int, user: UserID, Outbox.Remembered)
    /// To the store: what a source says now, and since when; nil: what it said is nobody's any more.
    case said(plugin: Int, user: UserID, Presence?, since: Moment)
    /// A change that a source reported is in the sink.
    case delivered(route: Int, user: UserID, latency: Duration)
    case outcome(plugin: Int, user: UserID, Outcome)
    case echo(plugin: Int)
    /// All pauses there are now.
    case pauses([Pause])
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
  var directories: [KnownUsers]
  var heardDirectory: [Bool]
  var people: PeopleIndex
  /// For each person and plugin the slot of the user there, or -1: `slot(of:in:)` reads it.
  var slotsOfPeople: [Int32] = []
  /// For each plugin the routes that start, and that end, there.
  var routesFrom: [[Int]]
  var routesTo: [[Int]]
  var rosters: [RosterSnapshot?]
  /// Whether every directory has been read once.
  var hasHeardAll: Bool
  /// For each route: its patience, whom its filters let through (nil: everybody), whether its hours are now.
  var gates: [RouteGate?]
  var admits: [[Bool]?]
  var isOpen: [Bool]
  /// Wall-clock time at moment zero, and when to look at it next.
  var epoch: Date
  var minuteAt: Moment?
  var pauses: [Pause] = []
  /// The pauses by the numbers of today, and for each route what it contributed when its pause began.
  var pausedRoutes: [Pause?]
  var pausedPeople: [Int: Pause] = [:]
  var frozen: [[Int: Contribution]]

  init(_ setup: EngineSetup, now: Moment, date: Date = Date(timeIntervalSince1970: 0)) {
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
    hasHeardAll = heardDirectory.allSatisfy { $0 }
    gates = setup.routes.map { RouteGate(hold: $0.terms.hold, minInterval: $0.terms.minInterval) }
    admits = setup.routes.map { _ in nil }
    isOpen = setup.routes.map { $0.terms.hours?.isOpen(at: date) ?? true }
    pausedRoutes = setup.routes.map { _ in nil }
    frozen = setup.routes.map { _ in [:] }
    epoch = date
    setDate(date, now: now)
    armMinute(now: now)
  }

  /// Hands out everything that limits allow now.
  mutating func pump(now: Moment) -> [Effect] {
    var effects: [Effect] = []
    pump(now: now, into: &effects)
    return effects
  }

  mutating func pump(now: Moment, into effects: inout [Effect]) {
    for sink in outboxes.indices {
      while let shipment = outboxes[sink]?.collect(now: now) {
        let updates = shipment.items.map { item in
          PresenceUpdate(
            user: tables[sink].ids[item.slot], presence: item.value, previous: item.previous,
            cause: item.cause)
        }
        for item in shipment.items { remember(item.slot, of: sink, now: now, into: &effects) }
        effects.append(.deliver(plugin: sink, updates: updates, shipment: shipment))
      }
    }
    for plugin in polls.indices {
      while let users = polls[plugin]?.next(now: now) { effects.append(.poll(plugin: plugin, users: users)) }
    }
  }

  /// The slot of the person's user in a plugin.
  func slot(of person: Int, in plugin: Int) -> Int? {
    let slot = slotsOfPeople[person * tables.count + plugin]
    return slot < 0 ? nil : Int(slot)
  }
}
