// What goes out of an outbox: the next batch that the limits allow.

import PluginAPI

extension Outbox {
  /// One batch on its way to the sink.
  struct Shipment: Sendable {
    var sentAt: Moment
    var items: [Item] = []
  }
  /// One user's update.
  struct Item: Sendable {
    var slot: Int
    var value: Presence?
    var previous: Presence?
    var cause: PresenceUpdate.Cause
    /// When the change was received, and by which route it came.
    var since: Moment?
    var route: Int
  }

  /// Hands out the next batch that the limits allow, or nil.
  mutating func collect(now: Moment) -> Shipment? {
    guard inFlight < limits.maxInFlight else { return nil }
    if let until = pausedUntil {
      guard now >= until else { return nil }
      pausedUntil = nil
    }
    var shipment = Shipment(sentAt: now)
    while shipment.items.count < limits.maxBatch, let (slot, isRefresh) = first() {
      // A place in the refreshes that a change has overtaken, or a change that was taken back.
      guard entries[slot].phase == .ready(refresh: isRefresh) else {
        dropFirst()
        continue
      }
      guard entries[slot].mayLeave(refresh: isRefresh) else {
        dropFirst()
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
    if shipment.items.isEmpty { return nil }
    inFlight += 1
    return shipment
  }

  private mutating func send(_ slot: Int, in shipment: inout Shipment) {
    let (wanted, held) = (entries[slot].target, entries[slot].delivered)
    let cause: PresenceUpdate.Cause =
      entries[slot].uncertain ? .repair : wanted == held ? .refresh : wanted == nil ? .clear : .change
    shipment.items.append(
      Item(
        slot: slot, value: wanted, previous: held, cause: cause,
        since: cause == .refresh ? nil : entries[slot].since, route: entries[slot].route))
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
