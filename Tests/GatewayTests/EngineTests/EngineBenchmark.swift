// How fast the engine is and how much memory a person takes, beside a plain dictionary in the same run: `Benchmarks/engine`.

import FoundationEssentials
import Glibc
import PluginAPI
import Testing

import struct PluginTestKit.SplitMix64

@testable import Gateway

@Suite(.enabled(if: ProcessInfo.processInfo.environment["ENGINE_BENCHMARK"] != nil), .serialized)
struct EngineBenchmark {
  private static let people =
    (ProcessInfo.processInfo.environment["ENGINE_BENCHMARK"] ?? "").split(separator: ",").compactMap {
      Int($0)
    }

  /// As long as real ones: a GUID and an address.
  private static func user(_ plugin: Int, _ number: Int) -> UserID {
    UserID("\(plugin)1111111-2222-3333-4444-\(100_000_000_000 + number)")
  }
  private static func directory(_ plugin: Int, _ count: Int) -> [DirectoryUser] {
    (0..<count).map { number in
      DirectoryUser(
        id: user(plugin, number), displayName: "Person \(number)",
        identities: [
          Identity(.email, "person.\(number)@contoso.example"), Identity(.number, "\(1000 + number)"),
        ])
    }
  }
  private static func engine() -> Engine {
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

  /// Seconds of processor time.
  private static func measure(_ work: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let begin = now()
    work()
    return now() - begin
  }

  @Test(arguments: people) func eventsAndMemory(_ count: Int) throws {
    var random = SplitMix64(seed: 7)
    let events = min(2_000_000, max(500_000, 2 * count))
    let order = (0..<events).map { _ in random.int(0...count - 1) }
    let users = (0..<count).map { Self.user(1, $0) }
    let before = try #require(ResidentMemory.bytes())
    var engine = Self.engine()
    for plugin in 0..<2 { engine.apply(.snapshot(Self.directory(plugin, count)), of: plugin) }
    _ = engine.rematch(now: Moment(nanoseconds: 0))
    #expect(engine.people.people.count == count)
    let states: [Presence] = [.busy, Presence(.busy, .inMeeting), .away, .available, .calling]
    var (now, deliveries) = (Moment(nanoseconds: 1), 0)
    func run(_ engine: inout Engine, _ numbers: some Sequence<Int>) {
      var step = 0
      for number in numbers {
        now = now + .microseconds(1)
        step += 1
        let event = PresenceEvent(user: users[number], presence: states[step % 5], receivedAt: now)
        for effect in engine.apply([event], of: 1, now: now) {
          guard case .deliver(let sink, let updates, let shipment) = effect else { continue }
          deliveries += updates.count
          let outcomes = updates.map { _ in DeliveryOutcome.delivered(lease: .seconds(600)) }
          _ = engine.complete(shipment, of: sink, .success(outcomes), now: now)
        }
      }
    }
    // Everybody has a state and a lease, and every echo and answer is remembered.
    run(&engine, 0..<count)
    let memory = (try #require(ResidentMemory.bytes()) - before) / count
    deliveries = 0
    let seconds = Self.measure { run(&engine, order) }
    let delivered = deliveries
    var table: [UserID: Presence] = [:]
    for user in users { table[user] = .available }
    let plain = Self.measure {
      var step = 0
      for number in order {
        step += 1
        table[users[number]] = states[step % 5]
      }
    }
    let rate = Double(events) / seconds
    print(
      "{\"people\": \(count), \"events_per_second\": \(Int(rate)), \"deliveries\": \(delivered), "
        + "\"times_a_dictionary_update\": \((seconds / plain * 10).rounded() / 10), "
        + "\"bytes_per_person\": \(memory)}")
    #expect(table.count == count)
  }
}
