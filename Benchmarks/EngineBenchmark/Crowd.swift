// The people of a benchmark: matched in two systems with a route each way, changing their presence in random order.

import PluginAPI

import struct PluginTestKit.SplitMix64

@testable import Gateway

struct Crowd {
  private let count: Int
  let users: [UserID]
  /// Who changes, one after the other.
  let order: [Int]
  private let states: [Presence] =
    [.available, Presence(.busy), Presence(.busy, .inMeeting), Presence(.away)]
    + [Presence(.busy, call: .connected)]
  private var now = Moment(nanoseconds: 1)
  private(set) var deliveries = 0

  init(_ count: Int, events: Int) {
    self.count = count
    users = (0..<count).map { Self.user(1, $0) }
    var random = SplitMix64(seed: 7)
    order = (0..<events).map { _ in random.int(0...count - 1) }
  }

  /// As long as real ones: a GUID and an address.
  private static func user(_ plugin: Int, _ number: Int) -> UserID {
    UserID("\(plugin)1111111-2222-3333-4444-\(100_000_000_000 + number)")
  }

  func engine() -> Engine {
    let limits = Limits(maxBatch: 20, maxInFlight: 1_000_000)
    let parts = (0..<2).map { plugin in
      EngineSetup.PluginPart(
        id: "\(plugin)", hasDirectory: true,
        sink: .init(limits: limits, held: { $0 }, echoes: { plugin == 0 ? [$0] : [] }), poll: nil)
    }
    return Engine(
      EngineSetup(
        plugins: parts,
        routes: [
          .init(from: 0, to: 1, priority: 0, map: { $0 }), .init(from: 1, to: 0, priority: 0, map: { $0 }),
        ], match: [.email], seed: 1), now: Moment(nanoseconds: 0))
  }

  func arrive(in engine: inout Engine) {
    for plugin in 0..<2 {
      let directory = (0..<count).map { number in
        DirectoryUser(
          id: Self.user(plugin, number), displayName: "Person \(number)",
          identities: [
            Identity(.email, "person.\(number)@contoso.example"), Identity(.number, "\(1000 + number)"),
          ])
      }
      engine.apply(.snapshot(directory), of: plugin)
    }
    _ = engine.rematch(now: Moment(nanoseconds: 0))
  }

  /// The sink answers each update before the next event comes.
  mutating func runOneByOne(_ engine: inout Engine, _ numbers: some Sequence<Int>) {
    run(&engine, numbers, answerEvery: 1)
  }
  /// Events come one by one; the sink has one call under way, and answers it when twenty more have come.
  mutating func runTogether(_ engine: inout Engine, _ numbers: some Sequence<Int>) {
    let limits = Limits(maxBatch: 20, maxInFlight: 1)
    engine.outboxes[0]?.limit(to: limits, now: now)
    run(&engine, numbers, answerEvery: 20)
  }

  private mutating func run(_ engine: inout Engine, _ numbers: some Sequence<Int>, answerEvery stride: Int) {
    var step = 0
    var waiting: [(sink: Int, count: Int, shipment: Outbox.Shipment)] = []
    func note(_ effects: [Engine.Effect]) {
      for case .deliver(let sink, let updates, let shipment) in effects {
        waiting.append((sink, updates.count, shipment))
      }
    }
    for number in numbers {
      now = now + .microseconds(1)
      step += 1
      let event = PresenceEvent(user: users[number], presence: states[step % 5], receivedAt: now)
      note(engine.apply([event], of: 1, now: now))
      guard step % stride == 0 else { continue }
      let calls = waiting
      waiting.removeAll(keepingCapacity: true)
      for call in calls {
        deliveries += call.count
        let outcomes = Array(repeating: DeliveryOutcome.delivered(lease: .seconds(600)), count: call.count)
        note(engine.complete(call.shipment, of: call.sink, .success(outcomes), now: now))
      }
    }
  }

  /// What everything above is compared with.
  func runDictionary(_ table: inout [UserID: Presence]) {
    var step = 0
    for number in order {
      step += 1
      table[users[number]] = states[step % 5]
    }
    precondition(table.count == count)
  }
}
