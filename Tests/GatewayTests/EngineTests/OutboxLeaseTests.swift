// What a sink keeps for a time only is refreshed in time, spread, and only while it is wanted.

import PluginAPI
import Testing

@testable import Gateway

struct OutboxLeaseTests {
  @Test(arguments: 1..<50 as Range<UInt64>)
  func aRefreshComesBetweenHalfAndThreeQuarters(seed: UInt64) throws {
    let bench = OutboxBench(seed: seed)
    bench.hold(0, .calling, lease: .seconds(300))
    for round in 1...5 {
      let begun = bench.now.seconds
      let wake = try #require(bench.wake())
      #expect(wake.at - begun >= 150 && wake.at - begun <= 225)
      let refresh = try #require(bench.collect())
      #expect(refresh.description == "0: busy inCall connected > busy inCall connected (refresh)")
      let events = bench.answer(refresh, .delivered(lease: .seconds(300)))
      #expect(
        events == [.accepted(slot: 0, held: .calling, lease: .seconds(300), since: nil, route: 0)],
        "round \(round)")
    }
  }

  @Test func refreshesAreSpread() {
    let bench = OutboxBench(batch: 1000)
    for slot in 0..<1000 { bench.want(slot, .calling) }
    if let shipment = bench.collect() {
      _ = bench.box.complete(
        shipment, Array(repeating: .delivered(lease: .seconds(400)), count: 1000), now: bench.now)
    }
    var inTenth = [Int](repeating: 0, count: 10)
    while let wake = bench.wake(), wake.at < 300 {
      while let refresh = bench.collect() {
        inTenth[Int((wake.at - 200) / 10)] += refresh.slots.count
        _ = bench.box.complete(
          refresh, Array(repeating: .delivered(lease: nil), count: refresh.slots.count), now: bench.now)
      }
    }
    #expect(inTenth.reduce(0, +) == 1000)
    #expect(inTenth.allSatisfy { $0 > 60 && $0 < 140 }, "\(inTenth)")
  }

  @Test func withoutALeaseNothingIsRefreshed() {
    let bench = OutboxBench()
    bench.hold(0, .busy)
    #expect(bench.wake() == nil)
  }

  @Test func whatIsNoLongerKnownToBeWantedIsNotKeptAlive() throws {
    let bench = OutboxBench()
    bench.box.restore(0, .held(.calling, lease: .seconds(100)), now: bench.now)
    let wake = try #require(bench.wake())
    #expect(wake.at == 100)
    #expect(wake.events == [.expired(slot: 0)])
    #expect(bench.collect() == nil)
    bench.want(0, .calling)
    #expect(
      bench.collect()?.description == "0: nothing > busy inCall connected (repair)",
      "the clock may have been changed between the two lives")
  }

  @Test func anExpiredLeaseIsWorkAgain() throws {
    let bench = OutboxBench()
    bench.hold(0, .calling, lease: .seconds(100))
    _ = bench.wake()
    let refresh = try #require(bench.collect())
    bench.answer(refresh, .retry(after: .seconds(1000), reason: "throttled"))
    #expect(bench.advance(60) == [.expired(slot: 0)])
    #expect(bench.box.depth == 1)
    bench.advance(1000)
    #expect(bench.collect()?.description == "0: nothing > busy inCall connected (repair)")
  }

  @Test func aRefreshThatComesDueWhileAnUpdateIsUnderWayStopsNothing() throws {
    let bench = OutboxBench()
    bench.hold(0, .calling, lease: .seconds(100))
    bench.want(0, .busy)
    let change = try #require(bench.collect())
    bench.advance(80)
    bench.answer(change, .delivered(lease: .seconds(100)))
    #expect(bench.wake()?.at == 80, "a lease begins when it is sent")
    #expect(bench.collect()?.description == "0: busy > busy (refresh)")
  }

  @Test func anUpdateThatWasUnderWayWhenTheLeaseEndedIsEstablishedAgain() throws {
    let bench = OutboxBench()
    bench.hold(0, Presence(.doNotDisturb, call: .connected), lease: .seconds(100))
    bench.advance(99)
    bench.want(0, .calling)
    let change = try #require(bench.collect())
    #expect(bench.advance(1) == [.expired(slot: 0)])
    // It took away the rest, but left a call alone that had just ended.
    bench.answer(change, .delivered(lease: nil))
    let repair = try #require(bench.collect())
    #expect(repair.causes == [.repair])
    #expect(repair.values == [.calling])
  }

  @Test func aRefreshThatAChangeToAndFroHeldUpComesRightAfter() throws {
    let bench = OutboxBench(rate: .init(4, per: .seconds(100)))
    bench.hold(0, .calling, lease: .seconds(60))
    bench.hold(1, .busy)
    bench.want(0, .busy)
    bench.advance(46)
    bench.want(0, .calling)
    #expect(bench.collect() == nil)
    #expect(bench.wake()?.at == 46)
    #expect(bench.collect() == nil, "the rate is used up")
    #expect(try #require(bench.wake()).at.rounded() == 50)
    #expect(bench.collect()?.description == "0: busy inCall connected > busy inCall connected (refresh)")
  }

  @Test func aChangeOvertakesTheRefreshes() throws {
    let bench = OutboxBench(batch: 10)
    for slot in 0..<3 { bench.want(slot, .calling) }
    let first = try #require(bench.collect())
    bench.answer(
      first, .delivered(lease: .seconds(100)), .delivered(lease: .seconds(100)),
      .delivered(lease: .seconds(100)))
    bench.advance(80)
    bench.want(2, .busy)
    let next = try #require(bench.collect())
    #expect(next.slots.first == 2)
    #expect(next.causes == [.change, .refresh, .refresh])
  }

  @Test func theClearOfALeaseEndsItsRefreshes() throws {
    let bench = OutboxBench()
    bench.hold(0, .calling, lease: .seconds(100))
    bench.hold(0, nil)
    #expect(bench.wake() == nil)
  }
}
