// What goes out of an outbox: the next batch that the limits allow.

import PluginAPI

extension Outbox {
  /// One batch on its way to the sink.
  struct Shipment: Sendable {
    var sentAt: Moment
    var slots: [Int] = []
    var values: [Presence?] = []
    var causes: [PresenceUpdate.Cause] = []
    var previous: [Presence?] = []
    /// For each user when the change was received, and by which route it came.
    var since: [Moment?] = []
    var routes: [Int] = []
  }

  /// Hands out the next batch that the limits allow, or nil.
  mutating func collect(now: Moment) -> Shipment? {
    guard inFlight < limits.maxInFlight else { return nil }
    if let until = pausedUntil {
      guard now >= until else { return nil }
      pausedUntil = nil
    }
    var shipment = Shipment(sentAt: now)
    while shipment.slots.count < limits.maxBatch, let (slot, isRefresh) = first() {
      // A place in the refreshes that a change has overtaken, or a change that was taken back.
      guard entries[slot].phase == .ready(refresh: isRefresh) else {
        dropFirst()
        continue
      }
      guard isRefresh ? entries[slot].needsRefresh : entries[slot].needsSending else {
        dropFirst()
        entries[slot].phase = .idle
        arm(slot)
        continue
      }
      if let ready = bucket?.take(now: now) {
        bucketReady = ready
        break
      }
      dropFirst()
      send(slot, in: &shipment)
    }
    if shipment.slots.isEmpty { return nil }
    inFlight += 1
    return shipment
  }

  private mutating func send(_ slot: Int, in shipment: inout Shipment) {
    let (wanted, held) = (entries[slot].target, entries[slot].delivered)
    let cause: PresenceUpdate.Cause =
      entries[slot].uncertain ? .repair : wanted == held ? .refresh : wanted == nil ? .clear : .change
    shipment.slots.append(slot)
    shipment.values.append(wanted)
    shipment.previous.append(held)
    shipment.causes.append(cause)
    shipment.since.append(cause == .refresh ? nil : entries[slot].since)
    shipment.routes.append(entries[slot].route)
    entries[slot].phase = .inFlight(wanted)
    entries[slot].lostInFlight = false
    usersInFlight += 1
  }

  private func first() -> (slot: Int, isRefresh: Bool)? {
    if let slot = changes.first { return (slot, false) }
    return refreshes.first.map { ($0, true) }
  }

  private mutating func dropFirst() {
    if changes.popFirst() == nil, let slot = refreshes.popFirst() { entries[slot].isInRefreshes = false }
  }
}
