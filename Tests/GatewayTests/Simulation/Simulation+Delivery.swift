// How updates fare on their way to a simulated system: applied or not, answered or not.

import PluginAPI

@testable import Gateway

extension Simulation {
  func deliver(_ updates: [PresenceUpdate], _ shipment: Outbox.Shipment, to sink: Int) {
    store.flush()
    for problem in watch.began(updates, to: sink, at: now) { fail(problem) }
    tell("deliver to \(sink) \(updates.map(\.user)) \(shipment)")
    let isDisconnected = !connected[sink] || isDown[sink]
    let isThrottled = isStormy && random.chance(plan.throttled)
    let isLost = isStormy && random.chance(plan.lostAnswer)
    let pause = Duration.seconds(random.int(2...30))
    if isDisconnected || isThrottled {
      let failure = PluginFailure(
        .retry(after: isThrottled ? pause : nil), isThrottled ? "throttled" : "disconnected")
      return answer(updates, shipment, of: sink, 0.01...0.5) { _ in .failure(failure) }
    }
    let outcomes = updates.map { update -> SimulatedOutcome in
      guard isStormy else { return .applied }
      if isLost { return random.chance(0.5) ? .applied : .postponed(applied: false) }
      if random.chance(plan.postponed) { return .postponed(applied: random.chance(0.5)) }
      // Taking back is never refused, or nobody could end it.
      return update.presence != nil && random.chance(plan.refused) ? .refused : .applied
    }
    let results = SharedResults()
    // A crash may come between sending and arriving.
    let (begun, incarnation) = (life, incarnation[sink])
    later(0.005...1.5) { simulation in
      let isCrashed = simulation.life != begun || simulation.incarnation[sink] != incarnation
      if isCrashed, simulation.random.chance(0.5) { return }
      guard simulation.connected[sink] else { return }
      results.outcomes = zip(updates, outcomes).map { simulation.arrive($0, $1, at: sink) }
    }
    if isLost, sabotage != .lostAnswersAccepted {
      let failure = PluginFailure(.retry(after: random.chance(0.5) ? pause : nil), "no answer")
      answer(updates, shipment, of: sink, 5...10) { _ in .failure(failure) }
    } else if isLost {
      answer(updates, shipment, of: sink, 5...10) { _ in .success(updates.map { _ in .delivered(lease: nil) })
      }
    } else {
      answer(updates, shipment, of: sink, 1.5...3) { _ in
        results.outcomes.map { .success($0) } ?? .failure(PluginFailure(.retry(after: nil), "disconnected"))
      }
    }
  }

  private func arrive(_ update: PresenceUpdate, _ outcome: SimulatedOutcome, at sink: Int) -> DeliveryOutcome
  {
    let person = Self.number(update.user)
    var lease: Duration?
    if outcome == .applied || outcome == .postponed(applied: true) {
      var update = update
      if sabotage == .repairsIgnored, update.cause == .repair {
        update = PresenceUpdate(
          user: update.user, presence: update.presence, previous: update.previous, cause: .change)
      }
      change(sink, person) { system, _ in
        lease = system.apply(update, to: person, at: now)
        return nil
      }
      tell("\(update.user) now holds \(systems[sink].ours(person)?.story ?? "nothing") of ours")
    }
    switch outcome {
    case .applied: return .delivered(lease: sabotage == .noLeases ? nil : lease)
    case .postponed: return .retry(after: .seconds(3), reason: "busy")
    case .refused: return .rejected(reason: "not now")
    }
  }

  private func answer(
    _ updates: [PresenceUpdate], _ shipment: Outbox.Shipment, of sink: Int, _ after: ClosedRange<Double>,
    _ result: @escaping (Simulation) -> Result<[DeliveryOutcome], PluginFailure>
  ) {
    let (begun, incarnation) = (life, incarnation[sink])
    later(after) { simulation in
      guard simulation.life == begun, simulation.engine != nil else { return }
      var result = result(simulation)
      if simulation.incarnation[sink] != incarnation {
        if simulation.sabotage == .crashedCallsUnanswered { return }
        result = .failure(PluginFailure(.retry(after: nil), "the plugin crashed"))
      }
      simulation.watch.ended(updates, at: sink, result, now: simulation.now)
      simulation.carryOut(
        simulation.engine?.complete(shipment, of: sink, result, now: simulation.now) ?? [])
    }
  }
}

enum SimulatedOutcome: Equatable {
  case applied
  case postponed(applied: Bool)
  case refused
}

/// Filled when the call arrives, read when it is answered; nil when it did not arrive.
private final class SharedResults {
  var outcomes: [DeliveryOutcome]?
}
