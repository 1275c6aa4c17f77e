// How the engine takes in what sinks answer, and what the store and the figures learn from it.

import PluginAPI

extension Engine {
  mutating func complete(
    _ shipment: Outbox.Shipment, of sink: Int, _ result: Result<[DeliveryOutcome], PluginFailure>, now: Moment
  ) -> [Effect] {
    let events: [Outbox.Event]
    switch result {
    case .success(let outcomes) where outcomes.count == shipment.items.count:
      events = outboxes[sink]?.complete(shipment, outcomes, now: now) ?? []
    case .success:
      let failure = PluginFailure(.retry(after: nil), "the sink answered for another number of updates")
      events = outboxes[sink]?.fail(shipment, failure, now: now) ?? []
    case .failure(let failure): events = outboxes[sink]?.fail(shipment, failure, now: now) ?? []
    }
    var effects: [Effect] = []
    for event in events { tell(event, of: sink, now: now, into: &effects) }
    pump(now: now, into: &effects)
    return effects
  }

  mutating func lost(_ facet: SinkFacet, of users: [UserID]?, sink: Int, now: Moment) -> [Effect] {
    let slots = users?.compactMap { tables[sink].slot(of: $0) }
    var effects: [Effect] = []
    for slot in outboxes[sink]?.lost(facet, of: slots, now: now) ?? [] {
      lookAgain(slot, of: sink, now: now)
      remember(slot, of: sink, now: now, into: &effects)
    }
    pump(now: now, into: &effects)
    return effects
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

  mutating func tell(_ event: Outbox.Event, of sink: Int, now: Moment, into effects: inout [Effect]) {
    let (slot, outcome): (Int, Outcome) =
      switch event {
      case .accepted(let slot, _, _, _, _): (slot, .accepted)
      case .postponed(let slot, let reason): (slot, .postponed(reason: reason))
      case .rejected(let slot, let reason): (slot, .rejected(reason: reason))
      case .expired(let slot): (slot, .expired)
      }
    lookAgain(slot, of: sink, now: now)
    remember(slot, of: sink, now: now, into: &effects)
    effects.append(.outcome(plugin: sink, user: tables[sink].ids[slot], outcome))
    if case .accepted(_, _, _, let since?, let route) = event {
      effects.append(.delivered(route: route, user: tables[sink].ids[slot], latency: now - since))
    }
  }

  /// A state of the system's own may have been hidden behind ours: look once the echoes have faded.
  private mutating func lookAgain(_ slot: Int, of sink: Int, now: Moment) {
    guard polls[sink] != nil, outboxes[sink]?.hasFaded(slot, now: now) == true else { return }
    if let linger = outboxes[sink]?.linger { polls[sink]?.suspect(tables[sink].ids[slot], at: now + linger) }
  }

  func remember(_ slot: Int, of sink: Int, now: Moment, into effects: inout [Effect]) {
    guard let remembered = outboxes[sink]?.remembered(slot, now: now) else { return }
    effects.append(.remember(plugin: sink, user: tables[sink].ids[slot], remembered))
  }
}
