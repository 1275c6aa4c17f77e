// How the engine takes in what sinks answer, and what the store and the figures learn from it.

import PluginAPI

extension Engine {
  mutating func complete(
    _ shipment: Outbox.Shipment, of sink: Int, _ result: Result<[DeliveryOutcome], PluginFailure>, now: Moment
  ) -> [Effect] {
    let events: [Outbox.Event]
    switch result {
    case .success(let outcomes) where outcomes.count == shipment.slots.count:
      events = outboxes[sink]?.complete(shipment, outcomes, now: now) ?? []
    case .success:
      let failure = PluginFailure(.retry(after: nil), "the sink answered for another number of updates")
      events = outboxes[sink]?.fail(shipment, failure, now: now) ?? []
    case .failure(let failure): events = outboxes[sink]?.fail(shipment, failure, now: now) ?? []
    }
    return events.flatMap { effects(of: $0, sink: sink, now: now) } + pump(now: now)
  }

  mutating func lost(_ facet: SinkFacet, of users: [UserID]?, sink: Int, now: Moment) -> [Effect] {
    let slots = users?.compactMap { tables[sink].slot(of: $0) }
    var effects: [Effect] = []
    for slot in outboxes[sink]?.lost(facet, of: slots, now: now) ?? [] {
      lookAgain(slot, of: sink, now: now)
      if let effect = remember(slot, of: sink, now: now) { effects.append(effect) }
    }
    return effects + pump(now: now)
  }

  /// What the sink accepted, or may have accepted, in an earlier life of the gateway.
  mutating func restore(_ remembered: Outbox.Remembered, user: UserID, sink: Int, now: Moment) {
    let slot = tables[sink].slot(for: user)
    outboxes[sink]?.restore(slot, remembered, now: now)
  }

  /// At shutdown: nothing of ours should be left behind.
  mutating func takeEverythingBack(now: Moment) -> [Effect] {
    for sink in outboxes.indices { outboxes[sink]?.wantNothing(now: now) }
    return pump(now: now)
  }

  mutating func requestPoll(_ users: [UserID]?, of plugin: Int, now: Moment) -> [Effect] {
    polls[plugin]?.request(users)
    return pump(now: now)
  }

  mutating func polled(_ users: [UserID], of plugin: Int, _ failure: PluginFailure?, now: Moment) -> [Effect]
  {
    if let failure { polls[plugin]?.failed(users, failure, now: now) } else { polls[plugin]?.finished() }
    return pump(now: now)
  }

  mutating func effects(of event: Outbox.Event, sink: Int, now: Moment) -> [Effect] {
    let (slot, outcome, delivered): (Int, Outcome, Effect?) =
      switch event {
      case .accepted(let slot, _, _, let since, let route):
        (
          slot, .accepted,
          since.map { .delivered(route: route, user: tables[sink].ids[slot], latency: now - $0) }
        )
      case .postponed(let slot, let reason): (slot, .postponed(reason: reason), nil)
      case .rejected(let slot, let reason): (slot, .rejected(reason: reason), nil)
      case .expired(let slot): (slot, .expired, nil)
      }
    lookAgain(slot, of: sink, now: now)
    let told = Effect.outcome(plugin: sink, user: tables[sink].ids[slot], outcome)
    return [remember(slot, of: sink, now: now), told, delivered].compactMap { $0 }
  }

  /// A state of the system's own may have been hidden behind ours: look once the echoes have faded.
  private mutating func lookAgain(_ slot: Int, of sink: Int, now: Moment) {
    guard let outbox = outboxes[sink], outbox.hasFaded(slot, now: now) else { return }
    polls[sink]?.suspect(tables[sink].ids[slot], at: now + outbox.linger)
  }

  func remember(_ slot: Int, of sink: Int, now: Moment) -> Effect? {
    guard let outbox = outboxes[sink] else { return nil }
    return .remember(plugin: sink, user: tables[sink].ids[slot], outbox.remembered(slot, now: now))
  }
}
