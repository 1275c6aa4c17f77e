// The shell of the simulated gateway: it does what `GatewayCore` does, with a virtual network.

import FoundationEssentials
import PluginAPI

@testable import Gateway

extension Simulation {
  /// The simulated wall clock.
  var date: Date { Date(timeIntervalSince1970: 1_800_000_000 + now.seconds + wallShift) }

  func setup() -> EngineSetup {
    let isDeaf = sabotage == .deafToEchoes
    let parts = systems.enumerated().map { index, system in
      let kind = type(of: system)
      return EngineSetup.PluginPart(
        id: "\(index)", hasDirectory: true,
        sink: .init(
          limits: usedLimits(index), held: { kind.held(for: $0) },
          echoes: { isDeaf ? [] : kind.echoes(of: $0) }),
        poll: kind.isPolled
          ? (Limits(maxBatch: 2, rate: .init(10, per: .seconds(2))), plan.pollInterval) : nil)
    }
    return EngineSetup(
      plugins: parts,
      routes: routes.map { from in
        var terms = RouteTerms()
        (terms.hold, terms.minInterval) = (plan.hold[from], plan.minInterval[from])
        return .init(from: from, to: 1 - from, priority: 0, map: { $0 }, terms: terms)
      }, match: [.email], seed: plan.seed &+ UInt64(life))
  }

  private func usedLimits(_ system: Int) -> Limits {
    var limits = limits[system]
    if sabotage == .ratesIgnored { limits.rate = nil }
    if sabotage == .crowdsIgnored { limits.maxInFlight = 100 }
    return limits
  }

  func carryOut(_ effects: [Engine.Effect]) {
    for effect in effects {
      if case .said(let plugin, let user, let presence, let since) = effect, sabotage != .sayingsNotStored {
        let since = date - (now - since).inSeconds
        store.record(SourceRecord(plugin: "\(plugin)", user: user, presence: presence, since: since))
      }
      guard case .remember(let sink, let user, let remembered) = effect, sabotage != .nothingStored else {
        continue
      }
      if case .doubtful = remembered, sabotage == .doubtNotStored { continue }
      store.record(HeldRecord(plugin: "\(sink)", user: user, remembered, at: date))
    }
    for effect in effects {
      switch effect {
      case .deliver(let sink, let updates, let shipment): deliver(updates, shipment, to: sink)
      case .poll(let plugin, let users): poll(users, of: plugin)
      case .roster(let plugin, let snapshot): watchUsers(snapshot, of: plugin)
      case .outcome(let sink, let user, let outcome):
        tell("\(sink) \(user) \(outcome)")
        if outcome == .expired { checkExpiry(sink, user) }
      case .pauses(let now): pauses = now
      case .remember, .said, .delivered, .echo: break
      }
    }
    checkEchoes()
    for outbox in engine?.outboxes ?? [] {
      if let outbox, outbox.depth > plan.people || outbox.depth < 0 { fail("outbox of \(outbox.depth)") }
    }
  }

  private func watchUsers(_ snapshot: RosterSnapshot, of plugin: Int) {
    let users = Set(snapshot.users.map(Self.number))
    let newcomers = users.subtracting(roster[plugin])
    roster[plugin] = users
    // A stream begins with what is; a polled source is asked.
    if !type(of: systems[plugin]).isPolled { for person in newcomers.sorted() { report(plugin, person) } }
  }

  /// What a system shows has changed: it says so, sooner or later, sometimes twice, sometimes not at all.
  func report(_ system: Int, _ person: Int) {
    guard roster[system].contains(person), connected[system], !isDown[system] else { return }
    let isReliable = !type(of: systems[system]).isPolled
    if isStormy, !isReliable, random.chance(plan.dropped) {
      return tell("report of \(Self.user(system, person)) lost")
    }
    let presence = systems[system].reported(person)
    let slowest = isReliable ? 0.001 : isStormy ? plan.longestNotification : min(1, plan.longestNotification)
    for _ in 0..<(isStormy && !isReliable && random.chance(plan.doubled) ? 2 : 1) {
      let begun = life
      later(0.001...max(0.001, slowest)) { simulation in
        guard simulation.life == begun, simulation.engine != nil else { return }
        simulation.tell("report \(Self.user(system, person)) \(presence.story)")
        let event = PresenceEvent(
          user: Self.user(system, person), presence: presence, receivedAt: simulation.now)
        simulation.handOver(event, of: system)
      }
    }
  }

  private func handOver(_ event: PresenceEvent, of system: Int) {
    var event = event
    if sabotage == .reportsLate, system == 1 {
      let last = heldBack ?? event
      heldBack = event
      event = last
    }
    carryOut(engine?.apply([event], of: system, now: now) ?? [])
  }

  private func poll(_ users: [UserID], of plugin: Int) {
    guard sabotage != .noPolls else { return }
    let (asked, begun) = (now, life)
    let isLost = isDown[plugin] || isStormy && random.chance(plan.lostAnswer)
    later(0.01...1) { simulation in
      let seen = users.map { ($0, simulation.systems[plugin].reported(Self.number($0))) }
      simulation.later(0.01...3) { simulation in
        guard simulation.life == begun, simulation.engine != nil else { return }
        let now = simulation.now
        if isLost {
          let failure = PluginFailure(.retry(after: nil), "no answer")
          return simulation.carryOut(simulation.engine?.polled(users, of: plugin, failure, now: now) ?? [])
        }
        simulation.tell("polled " + seen.map { "\($0) \($1.story)" }.joined(separator: ", "))
        let events = seen.map { PresenceEvent(user: $0, presence: $1, receivedAt: now) }
        simulation.carryOut(simulation.engine?.apply(events, of: plugin, polledAt: asked, now: now) ?? [])
        simulation.carryOut(simulation.engine?.polled(users, of: plugin, nil, now: now) ?? [])
      }
    }
  }
}

extension Presence {
  var story: String {
    [availability.rawValue, activity?.rawValue, call == .none ? nil : call.rawValue].compactMap { $0 }
      .joined(separator: " ")
  }
}
