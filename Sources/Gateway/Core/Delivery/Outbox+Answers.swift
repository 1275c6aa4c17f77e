// What comes back to an outbox: one outcome for each update, or one failure for the whole call.

import PluginAPI

extension Outbox {
  /// What became of one user's update, for the store, the figures and the log.
  enum Event: Sendable, Equatable {
    /// `since` is when the change that caused it was received (nil: a refresh or repair); `lease` since it
    /// was sent.
    case accepted(slot: Int, held: Presence?, lease: Duration?, since: Moment?, route: Int)
    /// Will be tried again.
    case postponed(slot: Int, reason: String)
    case rejected(slot: Int, reason: String)
    /// A lease ran out before it could be refreshed: the sink holds nothing of ours any more.
    case expired(slot: Int)
  }

  /// One outcome for each update of the shipment, in its order.
  mutating func complete(_ shipment: Shipment, _ outcomes: [DeliveryOutcome], now: Moment) -> [Event] {
    inFlight -= 1
    return zip(shipment.items, outcomes).map { item, outcome in
      let slot = item.slot
      usersInFlight -= 1
      entries[slot].phase = .idle
      defer { schedule(slot) }
      switch outcome {
      case .delivered(let lease):
        note(.accepted, nil, of: shipment, slot, now: now)
        return accept(item, sentAt: shipment.sentAt, lease: lease, now: now)
      case .retry(let after, let reason):
        note(.postponed, reason, of: shipment, slot, now: now)
        postpone(slot, sent: item.value, after: after, now: now)
        return .postponed(slot: slot, reason: reason)
      case .rejected(let reason):
        note(.rejected, reason, of: shipment, slot, now: now)
        reject(slot, sent: item.value)
        // A part of it may have been accepted, and has to be taken back.
        entries[slot].uncertain = true
        return .rejected(slot: slot, reason: reason)
      }
    }
  }

  /// The whole call failed: nobody knows which updates were applied.
  mutating func fail(_ shipment: Shipment, _ failure: PluginFailure, now: Moment) -> [Event] {
    inFlight -= 1
    var pause: Duration?
    switch failure.remedy {
    case .retry(let after): pause = after
    case .operatorAction: pause = .seconds(60)
    case .giveUp: pause = nil
    }
    if let pause { pausedUntil = max(pausedUntil ?? now, now + pause) }
    return shipment.items.map { item in
      let (slot, sent) = (item.slot, item.value)
      usersInFlight -= 1
      entries[slot].phase = .idle
      defer { schedule(slot) }
      if case .giveUp = failure.remedy {
        note(.rejected, failure.reason, of: shipment, slot, now: now)
        entries[slot].uncertain = true
        doubt(sent, slot)
        reject(slot, sent: sent)
        return .rejected(slot: slot, reason: failure.reason)
      }
      note(.postponed, failure.description, of: shipment, slot, now: now)
      postpone(slot, sent: sent, after: pause, now: now)
      return .postponed(slot: slot, reason: failure.reason)
    }
  }

  private mutating func note(
    _ outcome: Answer.Outcome, _ reason: String?, of shipment: Shipment, _ slot: Int, now: Moment
  ) {
    entries[slot].answer = Answer(sentAt: shipment.sentAt, at: now, outcome: outcome, reason: reason)
  }

  private mutating func accept(_ item: Item, sentAt: Moment, lease: Duration?, now: Moment) -> Event {
    let (slot, sent) = (item.slot, item.value)
    let lease = sent == nil ? nil : lease
    // Whatever it held or may have held before can still be reported for a while.
    for former in entries[slot].doubtful where former != sent { fade(former, slot, now: now) }
    if let former = entries[slot].delivered, former != sent { fade(former, slot, now: now) }
    entries[slot].delivered = sent
    entries[slot].uncertain = entries[slot].lostInFlight
    entries[slot].doubtful = []
    entries[slot].attempt = 0
    // Counted from the sending, so that what we believe to live does live.
    arm(lease: lease, for: slot, from: sentAt)
    if entries[slot].target == sent { entries[slot].since = nil }
    return .accepted(slot: slot, held: sent, lease: lease, since: item.since, route: item.route)
  }

  private mutating func reject(_ slot: Int, sent: Presence?) {
    entries[slot].rejected = .decided(sent)
    entries[slot].attempt = 0
    if entries[slot].target == sent { entries[slot].since = nil }
  }

  /// Nobody knows whether the value was applied.
  private mutating func postpone(_ slot: Int, sent: Presence?, after: Duration?, now: Moment) {
    entries[slot].uncertain = true
    doubt(sent, slot)
    let until = now + (after ?? backoff.delay(attempt: entries[slot].attempt))
    entries[slot].attempt += 1
    entries[slot].phase = .waiting(until: until)
    usersWaiting += 1
    arm(slot)
  }
}
