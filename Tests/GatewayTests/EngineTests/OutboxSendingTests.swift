// What is sent, and what is not: the newest value, once, to one user at a time.

import PluginAPI
import Testing

@testable import Gateway

struct OutboxSendingTests {
  @Test func theNewestValueWins() {
    let bench = OutboxBench()
    bench.want(0, .busy)
    bench.want(0, .away)
    bench.want(0, .doNotDisturb)
    #expect(bench.box.depth == 1)
    #expect(bench.collect()?.description == "0: nothing > doNotDisturb (change)")
  }

  @Test func whileOneIsInFlightTheNewestWaits() throws {
    let bench = OutboxBench(batch: 10, inFlight: 10)
    bench.want(0, .busy)
    let first = try #require(bench.collect())
    bench.want(0, .away)
    bench.want(0, .doNotDisturb)
    #expect(bench.collect() == nil)
    bench.answer(first, .delivered(lease: nil))
    #expect(bench.collect()?.description == "0: busy > doNotDisturb (change)")
  }

  @Test func whatIsHeldAlreadyIsNotSentAgain() throws {
    let bench = OutboxBench()
    bench.hold(0, .busy)
    bench.want(0, .busy)
    #expect(bench.collect() == nil)
    bench.want(0, .away)
    bench.want(0, .busy)
    #expect(bench.collect() == nil)
    #expect(bench.box.depth == 0)
    bench.want(1, nil)
    #expect(bench.collect() == nil)
  }

  @Test func aValueThatWasSentWhileItChangedToAndFroIsNotSentAgain() throws {
    let bench = OutboxBench()
    bench.want(0, .busy)
    let first = try #require(bench.collect())
    bench.want(0, .away)
    bench.want(0, .busy)
    bench.answer(first, .delivered(lease: nil))
    #expect(bench.collect() == nil)
  }

  @Test func nothingIsTakenBackByAClear() throws {
    let bench = OutboxBench()
    bench.hold(0, .busy)
    bench.want(0, nil)
    let clear = try #require(bench.collect())
    #expect(clear.description == "0: busy > nothing (clear)")
    #expect(
      bench.answer(clear, .delivered(lease: .seconds(60))) == [
        .accepted(slot: 0, held: nil, lease: nil, since: .second(0), route: 0)
      ])
    #expect(bench.wake() == nil, "nothing has a lease")
  }

  @Test func batchesAndCallsAreAsWideAsTheLimits() {
    let bench = OutboxBench(batch: 3, inFlight: 2)
    for slot in 0..<10 { bench.want(slot, .busy) }
    let calls = (0..<5).compactMap { _ in bench.collect() }
    #expect(calls.map(\.slots) == [[0, 1, 2], [3, 4, 5]])
    #expect(bench.box.depth == 10)
  }

  @Test func theRateIsKeptAndAskedForInTime() {
    let bench = OutboxBench(batch: 100, inFlight: 100, rate: .init(4, per: .seconds(10)))
    for slot in 0..<6 { bench.want(slot, .busy) }
    var sent: [[Double]] = []
    while sent.flatMap(\.self).count < 6 {
      if let shipment = bench.collect() {
        sent.append(shipment.slots.map { _ in bench.now.seconds })
      } else if bench.wake() == nil {
        break
      }
    }
    #expect(sent == [[0, 0], [5], [10], [15], [20]])
  }

  @Test func latencyIsCountedFromTheChangeThatWasSent() throws {
    let bench = OutboxBench()
    bench.box.want(0, .busy, since: .second(0), route: 3, now: .second(0))
    let first = try #require(bench.collect())
    bench.advance(5)
    bench.box.want(0, .away, since: .second(4), route: 7, now: bench.now)
    #expect(bench.box.oldest() == .second(4))
    #expect(
      bench.answer(first, .delivered(lease: nil)) == [
        .accepted(slot: 0, held: .busy, lease: nil, since: .second(0), route: 3)
      ])
    let second = try #require(bench.collect())
    #expect(
      bench.answer(second, .delivered(lease: nil)) == [
        .accepted(slot: 0, held: .away, lease: nil, since: .second(4), route: 7)
      ])
    #expect(bench.box.oldest() == nil)
  }

  @Test func atShutdownEverythingIsTakenBackAndNothingNewIsWanted() throws {
    let bench = OutboxBench(batch: 10, inFlight: 10)
    for slot in 0..<4 { bench.hold(slot, .busy) }
    // One is in flight, one waits for a retry of its clear, one was never asked for.
    bench.want(1, .away)
    let late = try #require(bench.collect())
    bench.want(2, nil)
    let failing = try #require(bench.collect())
    bench.answer(failing, .retry(after: .seconds(600), reason: "busy"))
    bench.box.restore(4, .held(.away, lease: nil), now: bench.now)
    bench.box.wantNothing(now: bench.now)
    bench.want(3, .doNotDisturb)
    let clears = try #require(bench.collect())
    #expect(Set(clears.slots) == [0, 2, 3, 4])
    #expect(clears.values.allSatisfy { $0 == nil })
    bench.answer(late, .delivered(lease: nil))
    #expect(bench.collect()?.description == "1: away > nothing (clear)")
  }
}
