// An outbox on the bench: one line for each step of a test.

import PluginAPI

@testable import Gateway

final class OutboxBench {
  var box: Outbox
  var now = Moment.second(0)

  init(batch: Int = 1, inFlight: Int = 1, rate: Limits.Rate? = nil, seed: UInt64 = 1) {
    box = Outbox(limits: Limits(maxBatch: batch, maxInFlight: inFlight, rate: rate), seed: seed, now: now)
  }

  func want(_ slot: Int, _ value: Presence?) {
    box.want(slot, value, since: now, route: 0, now: now)
  }
  func collect() -> Outbox.Shipment? { box.collect(now: now) }
  @discardableResult
  func answer(_ shipment: Outbox.Shipment, _ outcomes: DeliveryOutcome...) -> [Outbox.Event] {
    box.complete(shipment, outcomes, now: now)
  }
  @discardableResult
  func fail(_ shipment: Outbox.Shipment, _ remedy: PluginFailure.Remedy) -> [Outbox.Event] {
    box.fail(shipment, PluginFailure(remedy, "no answer"), now: now)
  }

  /// Wants the value, and has it accepted at once.
  func hold(_ slot: Int, _ value: Presence?, lease: Duration? = nil) {
    want(slot, value)
    if let shipment = collect() { answer(shipment, .delivered(lease: lease)) }
  }

  @discardableResult
  func advance(_ seconds: Double) -> [Outbox.Event] {
    now = now + .nanoseconds(Int64(seconds * 1e9))
    return box.tick(now: now)
  }
  /// Goes on to the next moment at which something comes due, and returns it; nil when nothing does.
  func wake() -> (at: Double, events: [Outbox.Event])? {
    while let next = box.nextWake(now: now) {
      now = max(now, next)
      let events = box.tick(now: now)
      if !events.isEmpty || !box.changes.isEmpty || !box.refreshes.isEmpty { return (now.seconds, events) }
    }
    return nil
  }

  func mayShow(_ slot: Int, _ presence: Presence, asked: Moment? = nil) -> Bool {
    box.reason(slot, asked: asked ?? now) { $0 == presence } != nil
  }
}

extension Outbox.Shipment: CustomStringConvertible {
  /// `1: busy > doNotDisturb (change)`, for each update.
  public var description: String {
    items.map { item in
      "\(item.slot): \(Self.text(item.previous)) > \(Self.text(item.value)) (\(item.cause))"
    }.joined(separator: ", ")
  }

  var slots: [Int] { items.map(\.slot) }
  var values: [Presence?] { items.map(\.value) }
  var causes: [PresenceUpdate.Cause] { items.map(\.cause) }

  private static func text(_ presence: Presence?) -> String {
    guard let presence else { return "nothing" }
    let facets = [presence.availability.rawValue, presence.activity?.rawValue, presence.note?.text]
    let call = presence.call == .none ? nil : presence.call.rawValue
    return (facets + [call]).compactMap { $0 }.joined(separator: " ")
  }
}
