// The budget of an application: never more than Microsoft's limit in any window, a pause for all, and the way back.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite struct RequestBudgetTests {
  static let rate = Limits.Rate(1500, per: .seconds(30))
  static func at(_ seconds: Double) -> Moment { Moment(nanoseconds: Int64(seconds * 1e9)) }

  /// Sends as fast as the budget lets, from `from` to `to`; returns the moments in seconds.
  static func drain(
    _ budget: inout RequestBudget, takesBack: Bool = false, from: Double, to: Double
  ) -> [Double] {
    var now = at(from)
    var sent: [Double] = []
    while now < at(to) {
      if let ready = budget.take(takesBack: takesBack, now: now) {
        now = max(ready, now)
      } else {
        sent.append(Double(now.nanoseconds) / 1e9)
      }
    }
    return sent
  }

  @Test func noWindowSeesMoreThanTheLimit() {
    var budget = RequestBudget(Self.rate, now: Self.at(0))
    let sent =
      Self.drain(&budget, from: 100, to: 130) + Self.drain(&budget, from: 145, to: 200)
      + Self.drain(&budget, from: 230, to: 300)
    var first = 0
    for (index, moment) in sent.enumerated() {
      while sent[first] <= moment - 30 { first += 1 }
      #expect(index - first < 1500)
    }
    // And it is used: half at once, then 25 a second.
    #expect(sent.count { $0 == 100 } == 750)
    #expect(sent.count { (101..<129).contains($0) } >= 27 * 25)
  }

  @Test func aComplaintPausesEverythingAndTheRateClimbsBack() {
    var budget = RequestBudget(Self.rate, now: Self.at(0))
    #expect(budget.take(now: Self.at(10)) == nil)
    #expect(
      budget.throttled(sent: Self.at(10), retryAfter: .seconds(2.128), now: Self.at(10.5)) == Self.at(12.628))
    #expect(budget.take(now: Self.at(11)) == Self.at(12.628))
    #expect(budget.share(now: Self.at(12.628)) == 0.5)
    // Nothing was saved up: the first minute begins with nothing, at half of 25 a second and a little more.
    let first = Self.drain(&budget, from: 12.628, to: 42.628).count
    #expect((430...470).contains(first), "\(first)")
    #expect(budget.share(now: Self.at(12.628 + 30)) == 0.75)
    #expect(budget.share(now: Self.at(12.628 + 60)) == 1)
    #expect(budget.share(now: Self.at(12.628 + 1000)) == 1)
  }

  @Test func thoseUnderWaySayNothingNew() {
    var budget = RequestBudget(Self.rate, now: Self.at(0))
    let until = budget.throttled(sent: Self.at(1), retryAfter: .seconds(5), now: Self.at(2))
    #expect(until == Self.at(7))
    #expect(budget.throttled(sent: Self.at(1), retryAfter: .seconds(4), now: Self.at(2.5)) == nil)
    #expect(budget.share(now: Self.at(7)) == 0.5)
    // But may ask for a longer pause.
    #expect(budget.throttled(sent: Self.at(1.5), retryAfter: .seconds(10), now: Self.at(3)) == Self.at(13))
    #expect(budget.share(now: Self.at(13)) == 0.5)
    #expect(budget.take(now: Self.at(13)) != nil, "nothing saved up")
    // Late news of a request from before the pause.
    #expect(budget.throttled(sent: Self.at(1.9), retryAfter: .seconds(10), now: Self.at(14)) == nil)
  }

  @Test func withoutAWordTheWaitDoubles() {
    var budget = RequestBudget(Self.rate, now: Self.at(0))
    var now = 0.0
    var pauses: [Double] = []
    for _ in 0..<9 {
      guard let until = budget.throttled(sent: Self.at(now), retryAfter: nil, now: Self.at(now)) else {
        break
      }
      pauses.append(Double((until - Self.at(now)).nanoseconds) / 1e9)
      var ready = until
      while let later = budget.take(now: ready) { ready = later }
      now = Double(ready.nanoseconds) / 1e9
    }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 64, 64])
    // Nothing was served: about the pace nothing was learnt.
    #expect((0.5..<0.51).contains(budget.share(now: Self.at(now))))
    budget.served(sent: Self.at(now))
    #expect(
      budget.throttled(sent: Self.at(now), retryAfter: nil, now: Self.at(now)).map { $0 - Self.at(now) }
        == .seconds(1))
  }

  /// Complaints after something was served say that it still is too fast.
  @Test func theShareHalvesDownToTheLeastAndClimbsBackInAMinuteAndAHalf() {
    var budget = RequestBudget(Self.rate, now: Self.at(0))
    var now = Self.at(0)
    for _ in 0..<9 {
      budget.served(sent: now)
      now = budget.throttled(sent: now, retryAfter: .seconds(1), now: now) ?? now
      while let later = budget.take(now: now) { now = later }
    }
    let share = budget.share(now: now)
    #expect((RequestBudget.leastShare..<0.1).contains(share), "\(share)")
    #expect((0.5..<0.51).contains(budget.share(now: now + .seconds(30))))
    #expect(budget.share(now: now + .seconds(90)) == 1)
  }

  @Test func whatTakesBackHasAReserveAfterAComplaint() {
    func takenInFiveSeconds(takesBack: Bool) -> Int {
      var budget = RequestBudget(Self.rate, now: Self.at(0))
      _ = budget.throttled(sent: Self.at(0), retryAfter: .seconds(1), now: Self.at(0))
      #expect(budget.take(takesBack: true, now: Self.at(0.5)) == Self.at(1), "a pause is a pause")
      return Self.drain(&budget, takesBack: takesBack, from: 1, to: 6).count
    }
    #expect((60...66).contains(takenInFiveSeconds(takesBack: false)))
    #expect((225...245).contains(takenInFiveSeconds(takesBack: true)))
  }

  /// Whoever asks, in the worst order: while the share is small, when it has climbed back, and between.
  @Test func theReserveIsNotBeyondTheLimit() {
    for calm in [0.0, 20, 40, 60, 90] {
      var budget = RequestBudget(Self.rate, now: Self.at(0))
      _ = budget.throttled(sent: Self.at(0), retryAfter: .seconds(1), now: Self.at(0))
      let sent = Self.drain(&budget, takesBack: true, from: 1 + calm, to: 121 + calm)
      var first = 0
      for (index, moment) in sent.enumerated() {
        while sent[first] <= moment - 30 { first += 1 }
        #expect(index - first < 1500, "after \(calm) s")
      }
    }
  }

  @Test func theSmallestBudgetIsNeverStuck() {
    for requests in [1, 2, 3] {
      var budget = RequestBudget(.init(requests, per: .seconds(30)), now: Self.at(0))
      _ = budget.throttled(sent: Self.at(0), retryAfter: .seconds(1), now: Self.at(0))
      #expect(Self.drain(&budget, from: 1, to: 600).count >= requests)
    }
  }
}
