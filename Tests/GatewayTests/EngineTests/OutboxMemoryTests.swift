// What an outbox knows of the system: for the echo filter, for the store, and bounded.

import PluginAPI
import Testing

import struct PluginTestKit.SplitMix64

@testable import Gateway

struct OutboxMemoryTests {
  @Test func whatIsHeldOrOnItsWayMayBeSeen() throws {
    let bench = OutboxBench()
    #expect(!bench.mayShow(0, .busy))
    bench.want(0, .busy)
    #expect(!bench.mayShow(0, .busy))
    let shipment = try #require(bench.collect())
    #expect(bench.mayShow(0, .busy))
    bench.answer(shipment, .delivered(lease: nil))
    bench.advance(1000)
    #expect(bench.mayShow(0, .busy))
    #expect(!bench.mayShow(0, .away))
  }

  @Test func whatWasHeldMayBeSeenForAWhileOnly() {
    let bench = OutboxBench()
    bench.hold(0, .busy)
    bench.hold(0, .away)
    bench.advance(5)
    bench.hold(0, nil)
    bench.advance(6.9)
    #expect(bench.mayShow(0, .busy) && bench.mayShow(0, .away))
    #expect(bench.box.hasFaded(0, now: bench.now))
    bench.advance(0.1)
    #expect(!bench.mayShow(0, .busy) && bench.mayShow(0, .away))
    bench.advance(5)
    #expect(!bench.mayShow(0, .away))
    #expect(!bench.box.hasFaded(0, now: bench.now))
    #expect(bench.mayShow(0, .away, asked: .second(3)), "the answer to an old question")
  }

  @Test func everyValueWhoseAnswerWasLostMayBeSeenUntilOneIsAccepted() throws {
    let bench = OutboxBench()
    bench.hold(0, .busy)
    for value in [Presence.away, .doNotDisturb] {
      bench.want(0, value)
      let lost = try #require(bench.collect())
      bench.fail(lost, .retry(after: .seconds(100)))
      bench.advance(100)
    }
    for value in [Presence.busy, .away, .doNotDisturb] { #expect(bench.mayShow(0, value)) }
    let repair = try #require(bench.collect())
    bench.answer(repair, .delivered(lease: nil))
    bench.advance(11.9)
    for value in [Presence.busy, .away, .doNotDisturb] { #expect(bench.mayShow(0, value)) }
    bench.advance(0.1)
    #expect(!bench.mayShow(0, .busy) && !bench.mayShow(0, .away))
    #expect(bench.mayShow(0, .doNotDisturb), "held")
  }

  @Test func whatExpiredOrWasLostMayBeSeenForAWhile() {
    let bench = OutboxBench()
    bench.box.restore(0, .held(.busy, lease: .seconds(10)), now: bench.now)
    bench.box.restore(1, .held(.away, lease: nil), now: bench.now)
    bench.advance(10)
    _ = bench.box.lost(.everything, of: [1], now: bench.now)
    bench.advance(11)
    #expect(bench.mayShow(0, .busy) && bench.mayShow(1, .away))
    bench.advance(1)
    #expect(!bench.mayShow(1, .away))
    #expect(
      bench.mayShow(0, .busy), "the lease was measured by the clock of another life: until it is repaired")
  }

  @Test func theStoreIsToldWhatIsCertainAndWhatIsDoubtful() throws {
    let bench = OutboxBench()
    bench.hold(0, .busy, lease: .seconds(100))
    bench.advance(40)
    #expect(bench.box.remembered(0, now: bench.now) == .held(.busy, lease: .seconds(60)))
    bench.want(0, .away)
    let shipment = try #require(bench.collect())
    #expect(bench.box.remembered(0, now: bench.now) == .doubtful([.busy, .away]))
    bench.fail(shipment, .retry(after: .seconds(200)))
    #expect(bench.box.remembered(0, now: bench.now) == .doubtful([.away, .busy]))
    #expect(bench.advance(60) == [.expired(slot: 0)])
    #expect(bench.box.remembered(0, now: bench.now) == .doubtful([.away]))
    bench.advance(200)
    let repair = try #require(bench.collect())
    bench.answer(repair, .delivered(lease: nil))
    #expect(bench.box.remembered(0, now: bench.now) == .held(.away, lease: nil))
    bench.hold(0, nil)
    #expect(bench.box.remembered(0, now: bench.now) == .held(nil, lease: nil))
  }

  @Test func whatWasHeldInAnEarlierLifeIsNotSentAgain() {
    let bench = OutboxBench()
    bench.box.restore(0, .held(.busy, lease: nil), now: bench.now)
    bench.want(0, .busy)
    #expect(bench.collect() == nil)
    bench.want(0, .away)
    #expect(bench.collect()?.description == "0: busy > away (change)")
  }

  @Test func whatIsDoubtfulFromAnEarlierLifeIsRepairedOnceItIsKnownWhatIsWanted() throws {
    let bench = OutboxBench()
    bench.box.restore(0, .doubtful([.busy, .away]), now: bench.now)
    #expect(bench.mayShow(0, .busy) && bench.mayShow(0, .away))
    #expect(bench.collect() == nil)
    bench.want(0, nil)
    let repair = try #require(bench.collect())
    #expect(repair.description == "0: nothing > nothing (repair)")
    bench.answer(repair, .delivered(lease: nil))
    #expect(bench.collect() == nil)
    #expect(bench.box.remembered(0, now: bench.now) == .held(nil, lease: nil))
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func nothingGrowsWithTraffic(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let people = 10
    let bench = OutboxBench(batch: 3, inFlight: 2, rate: .init(6, per: .seconds(1)), seed: seed)
    var underWay: [Outbox.Shipment] = []
    let values: [Presence?] =
      [nil, .busy, .away, .doNotDisturb, .calling]
      + (0..<20).map { Presence(.busy, Activity(rawValue: "a\($0)")) }
    for step in 0..<1000 {
      bench.want(random.int(0...people - 1), random.pick(values))
      bench.advance(random.seconds(0...0.4))
      if let shipment = bench.collect() { underWay.append(shipment) }
      let users = underWay.flatMap(\.slots)
      if Set(users).count != users.count { Issue.record("two in flight for one user at step \(step)") }
      if !underWay.isEmpty, random.chance(0.7) {
        let shipment = underWay.remove(at: random.int(0...underWay.count - 1))
        let lease = Duration.milliseconds(random.int(50...2000))
        let answers: [DeliveryOutcome] = shipment.slots.map { _ in
          random.pick([
            .delivered(lease: lease), .delivered(lease: nil), .retry(after: nil, reason: ""),
            .rejected(reason: ""),
          ])
        }
        _ = bench.box.complete(shipment, answers, now: bench.now)
      }
      if random.chance(0.05) {
        _ = bench.box.lost(random.pick([.call, .everything, .nothing]), of: nil, now: bench.now)
      }
      let box = bench.box
      let isBounded =
        (0...people).contains(box.depth) && box.changes.count <= people && box.refreshes.count <= people
        && box.timers.count <= 4 * people + 64
        && box.entries.allSatisfy { $0.doubtful.count <= 8 && $0.faded.count <= 8 }
      if !isBounded { Issue.record("grown at step \(step)") }
    }
  }
}
