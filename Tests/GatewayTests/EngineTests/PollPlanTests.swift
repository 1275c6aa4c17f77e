// When a polled source is asked about whom.

import PluginAPI
import Testing

@testable import Gateway

final class PollBench {
  var plan: PollPlan
  var now = Moment.second(0)

  init(batch: Int = 650, inFlight: Int = 1, rate: Limits.Rate? = nil, every interval: Duration = .seconds(20))
  {
    plan = PollPlan(
      limits: Limits(maxBatch: batch, maxInFlight: inFlight, rate: rate), interval: interval, seed: 1,
      now: now)
  }

  func watch(_ users: UserID...) { plan.watch(Set(users), now: now) }
  func next() -> [UserID]? { plan.next(now: now) }
  /// Everything that is asked until `end`, each call answered at once: `20.0 a b`.
  func asked(until end: Double) -> [String] {
    var calls: [String] = []
    while calls.count < 1000 {
      if let batch = plan.next(now: now) {
        calls.append(
          "\((now.seconds * 10).rounded() / 10) " + batch.map(\.rawValue).sorted().joined(separator: " "))
        plan.finished()
      } else if let wake = plan.nextWake(now: now), wake.seconds <= end {
        now = max(wake, now)
      } else {
        break
      }
    }
    now = .second(end)
    return calls
  }
}

struct PollPlanTests {
  @Test func newcomersAreAskedAboutAtOnceAndEverybodyInTurn() {
    let bench = PollBench()
    bench.watch("a", "b")
    #expect(bench.asked(until: 15) == ["0.0 a b"])
    bench.watch("a", "b", "c")
    #expect(bench.asked(until: 45) == ["15.0 c", "20.0 a b c", "40.0 a b c"])
  }

  @Test func whoeverLeftIsNotAskedAbout() {
    let bench = PollBench()
    bench.watch("a", "b")
    _ = bench.next()
    bench.plan.request(nil)
    bench.plan.suspect("b", at: .second(1))
    bench.watch("a")
    bench.plan.finished()
    bench.plan.request(["b", "stranger"])
    #expect(bench.asked(until: 10) == ["0.0 a"])
  }

  @Test func batchesAreNoLargerAndCallsNoMoreThanTheLimits() {
    let bench = PollBench(batch: 2, inFlight: 2)
    bench.watch("a", "b", "c", "d", "e")
    #expect([bench.next()?.count, bench.next()?.count, bench.next()?.count] == [2, 2, nil])
    #expect(bench.plan.nextWake(now: bench.now) == nil, "an answer comes first")
    bench.plan.finished()
    #expect(bench.next()?.count == 1)
  }

  @Test func aRoundThatTakesLongerThanItsIntervalIsFollowedByTheNext() {
    let bench = PollBench(batch: 1, rate: .init(1, per: .seconds(5)), every: .seconds(20))
    bench.watch("a", "b", "c")
    #expect(
      bench.asked(until: 60) == ["0.0 a", "10.0 b", "20.0 c", "30.0 c", "40.0 b", "50.0 a", "60.0 c"])
  }

  @Test func theRateIsKept() {
    let bench = PollBench(batch: 1, rate: .init(4, per: .seconds(10)), every: .seconds(600))
    bench.watch("a", "b", "c", "d")
    #expect(bench.asked(until: 100) == ["0.0 a", "0.0 b", "5.0 c", "10.0 d"])
  }

  @Test func askingAgainForSomebodyWhoWaitsIsOneQuestion() {
    let bench = PollBench(every: .seconds(600))
    bench.watch("a", "b")
    bench.plan.request(["a"])
    bench.plan.request(nil)
    #expect(bench.asked(until: 10) == ["0.0 a b"])
    bench.plan.request(nil)
    #expect(bench.asked(until: 20) == ["10.0 a b"])
  }

  @Test func suspectsAreAskedAboutTogetherSoonAndNeverTooEarly() {
    let bench = PollBench(every: .seconds(600))
    bench.watch("a", "b", "c", "d")
    _ = bench.asked(until: 0)
    // Each twelve seconds after something of ours was taken away: due within twelve to fifteen.
    for (user, taken) in [("a", 0.0), ("b", 1), ("c", 1.9), ("d", 2.5)] as [(UserID, Double)] {
      bench.plan.suspect(user, at: .second(taken + 12))
    }
    #expect(bench.asked(until: 100) == ["14.0 a b c", "16.5 d"])
    #expect(bench.asked(until: 500) == [], "each once")
  }

  @Test func aSuspectWhoGivesNewCauseIsAskedAboutLater() {
    let bench = PollBench(every: .seconds(600))
    bench.watch("a")
    _ = bench.asked(until: 0)
    bench.plan.suspect("a", at: .second(12))
    bench.plan.suspect("a", at: .second(20))
    #expect(bench.asked(until: 100) == ["22.0 a"])
  }

  @Test func aFailedBatchIsAskedAgainAfterAGrowingBackOff() throws {
    let bench = PollBench(every: .seconds(3600))
    bench.watch("a", "b")
    var last = 0.0
    for attempt in 0..<9 {
      let batch = try #require(bench.next())
      #expect(Set(batch) == ["a", "b"])
      bench.plan.failed(batch, PluginFailure(.retry(after: nil), "no answer"), now: bench.now)
      #expect(bench.next() == nil)
      let wake = try #require(bench.plan.nextWake(now: bench.now))
      let step = min(Double(1 << attempt), 60)
      #expect(wake.seconds - last >= step / 2 && wake.seconds - last <= step)
      bench.now = wake
      last = wake.seconds
    }
  }

  @Test func retryAfterIsKept() throws {
    let bench = PollBench(every: .seconds(3600))
    bench.watch("a")
    let batch = try #require(bench.next())
    bench.plan.failed(batch, PluginFailure(.retry(after: .seconds(90)), "throttled"), now: bench.now)
    #expect(bench.asked(until: 200) == ["90.0 a"])
  }

  @Test func whatIsPointlessIsNotAskedAgainBeforeItsTurn() throws {
    let bench = PollBench(every: .seconds(60))
    bench.watch("a")
    let batch = try #require(bench.next())
    bench.plan.failed(batch, PluginFailure(.giveUp, "unknown"), now: bench.now)
    #expect(bench.asked(until: 70) == ["60.0 a"])
  }
}
