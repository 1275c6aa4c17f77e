// Answers that say no, later, or nothing at all.

import PluginAPI
import Testing

@testable import Gateway

struct OutboxFailureTests {
  @Test func aRefusedValueIsNotRepeatedUntilItChanges() throws {
    let bench = OutboxBench()
    bench.hold(0, .away, lease: .seconds(100))
    bench.want(0, .busy)
    let shipment = try #require(bench.collect())
    #expect(
      bench.answer(shipment, .rejected(reason: "no licence")) == [.rejected(slot: 0, reason: "no licence")])
    #expect(bench.box.depth == 0)
    #expect(bench.box.oldest() == nil)
    bench.want(0, .busy)
    while bench.now < .second(500), bench.wake() != nil { #expect(bench.collect() == nil) }
    bench.want(0, .doNotDisturb)
    // A part of what was refused may be there.
    #expect(bench.collect()?.description == "0: nothing > doNotDisturb (repair)")
  }

  @Test func aRefusalOfAnOldValueDoesNotHoldUpTheNew() throws {
    let bench = OutboxBench()
    bench.want(0, .busy)
    let shipment = try #require(bench.collect())
    bench.want(0, .away)
    bench.answer(shipment, .rejected(reason: "no"))
    #expect(bench.collect()?.description == "0: nothing > away (repair)")
  }

  @Test func whatWasRefusedIsTakenBackToo() throws {
    let bench = OutboxBench()
    bench.want(0, .busy)
    bench.answer(try #require(bench.collect()), .rejected(reason: "no right to show calls"))
    bench.want(0, nil)
    #expect(bench.collect()?.description == "0: nothing > nothing (repair)")
  }

  @Test func retryAfterIsKeptForThisUserAlone() throws {
    let bench = OutboxBench()
    bench.want(0, .busy)
    let shipment = try #require(bench.collect())
    #expect(
      bench.answer(shipment, .retry(after: .seconds(30), reason: "later")) == [
        .postponed(slot: 0, reason: "later")
      ])
    bench.want(1, .busy)
    let other = try #require(bench.collect())
    #expect(other.slots == [1])
    bench.answer(other, .delivered(lease: nil))
    #expect(bench.wake()?.at == 30)
    #expect(bench.collect()?.slots == [0])
  }

  @Test func aFailedCallWithATimePausesTheWholeSink() throws {
    let bench = OutboxBench(inFlight: 2)
    bench.want(0, .busy)
    let shipment = try #require(bench.collect())
    #expect(bench.fail(shipment, .retry(after: .seconds(30))) == [.postponed(slot: 0, reason: "no answer")])
    bench.want(1, .busy)
    bench.advance(29.9)
    #expect(bench.collect() == nil)
    #expect(bench.box.depth == 2)
    #expect(bench.wake()?.at == 30)
    #expect([bench.collect()?.slots, bench.collect()?.slots] == [[1], [0]])
  }

  @Test func whereSomebodyMustActItIsTriedOnceAMinute() throws {
    let bench = OutboxBench()
    bench.want(0, .busy)
    var times: [Double] = []
    while times.count < 4 {
      if let shipment = bench.collect() {
        times.append(bench.now.seconds)
        bench.fail(shipment, .operatorAction(hint: "grant the permission"))
      } else if bench.wake() == nil {
        break
      }
    }
    #expect(times == [0, 60, 120, 180])
  }

  @Test func withoutATimeTheBackOffGrows() throws {
    let bench = OutboxBench()
    bench.want(0, .busy)
    var waits: [Double] = []
    var last = 0.0
    for _ in 0..<14 {
      let shipment = try #require(bench.collect())
      bench.fail(shipment, .retry(after: nil))
      let wake = try #require(bench.wake())
      waits.append(wake.at - last)
      last = wake.at
    }
    for (attempt, wait) in waits.enumerated() {
      let step = min(0.5 * Double(1 << attempt), 300)
      #expect(wait >= step / 2 && wait <= step)
    }
    let shipment = try #require(bench.collect())
    bench.answer(shipment, .delivered(lease: nil))
    bench.want(0, .away)
    let next = try #require(bench.collect())
    bench.fail(next, .retry(after: nil))
    let wake = try #require(bench.wake())
    #expect(wake.at - last <= 0.5, "after a success it begins anew")
  }

  @Test func afterALostAnswerTheOldValueIsEstablishedAgain() throws {
    let bench = OutboxBench()
    bench.hold(0, .busy)
    bench.want(0, .away)
    let lost = try #require(bench.collect())
    bench.fail(lost, .retry(after: .seconds(1)))
    bench.want(0, .busy)
    bench.advance(1)
    let repair = try #require(bench.collect())
    #expect(repair.description == "0: busy > busy (repair)")
    bench.answer(repair, .delivered(lease: nil))
    #expect(bench.collect() == nil)
    bench.want(0, .away)
    #expect(bench.collect()?.description == "0: busy > away (change)")
  }

  @Test func afterAPointlessCallTheNextValueRepairs() throws {
    let bench = OutboxBench()
    bench.hold(0, .busy)
    bench.want(0, .away)
    let shipment = try #require(bench.collect())
    #expect(bench.fail(shipment, .giveUp) == [.rejected(slot: 0, reason: "no answer")])
    #expect(bench.wake() == nil)
    #expect(bench.collect() == nil)
    bench.want(0, .busy)
    #expect(bench.collect()?.description == "0: busy > busy (repair)")
  }

  @Test func aLostCallIsMadeAgainAndNothingElse() throws {
    let bench = OutboxBench(batch: 10)
    let both = Presence(.doNotDisturb, call: .connected)
    bench.hold(0, both)
    bench.hold(1, .busy)
    bench.hold(2, Presence(.available, call: .connected))
    #expect(bench.box.lost(.call, of: nil, now: bench.now) == [0, 2])
    #expect(
      bench.collect()?.description
        == "0: doNotDisturb > doNotDisturb connected (change), 2: nothing > available connected (change)")
  }

  @Test func afterALossOfEverythingEverythingWantedIsSentAtOnce() throws {
    let bench = OutboxBench(batch: 10)
    bench.hold(0, .busy, lease: .seconds(100))
    bench.hold(1, .busy)
    bench.want(1, .away)
    let shipment = try #require(bench.collect())
    bench.fail(shipment, .retry(after: .seconds(600)))
    #expect(bench.box.lost(.everything, of: nil, now: bench.now) == [0, 1])
    #expect(
      bench.collect()?.description == "0: nothing > busy (change), 1: nothing > away (repair)")
    #expect(bench.wake() == nil, "its lease is gone with it")
  }

  @Test func aLossWhileAnUpdateIsUnderWayMakesItsAnswerWorthless() throws {
    let bench = OutboxBench()
    bench.want(0, .busy)
    let shipment = try #require(bench.collect())
    _ = bench.box.lost(.everything, of: [0], now: bench.now)
    bench.answer(shipment, .delivered(lease: nil))
    let repair = try #require(bench.collect())
    #expect(repair.description == "0: busy > busy (repair)")
    bench.answer(repair, .delivered(lease: nil))
    #expect(bench.collect() == nil)
  }

  @Test func aSinkThatIsBackNeedsNoFurtherPatience() throws {
    let bench = OutboxBench(inFlight: 2)
    bench.want(0, .busy)
    let shipment = try #require(bench.collect())
    bench.fail(shipment, .retry(after: .seconds(600)))
    #expect(bench.collect() == nil)
    #expect(bench.box.lost(.nothing, of: nil, now: bench.now) == [])
    #expect(bench.collect()?.description == "0: nothing > busy (repair)")
  }
}
