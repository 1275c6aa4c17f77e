// How long a retry waits: growing, bounded, spread, and the same for the same seed.

import PluginAPI
import Testing

@testable import Gateway

struct BackoffTests {
  @Test(arguments: [0, 1, 2, 5, 9, 10, 31, 64, 100_000])
  func aDelayIsBetweenHalfAndAllOfItsStep(attempt: Int) {
    for seed in 0..<100 as Range<UInt64> {
      var backoff = Backoff(base: .milliseconds(500), cap: .seconds(300), seed: seed)
      var step = 0.5
      for _ in 0..<min(attempt, 20) { step *= 2 }
      step = min(step, 300)
      let delay = backoff.delay(attempt: attempt).inSeconds
      if delay < step / 2 || delay > step { Issue.record("\(delay) s for a step of \(step) s") }
    }
  }

  @Test func delaysAreSpread() {
    var backoff = Backoff(seed: 1)
    let delays = (0..<1000).map { _ in backoff.delay(attempt: 4).inSeconds / 8 }
    for tenth in 0..<10 {
      let low = 0.5 + Double(tenth) * 0.05
      let share = delays.filter { $0 >= low && $0 < low + 0.05 }.count
      #expect(share > 60 && share < 140, "\(share) of 1000 from \(low) on")
    }
  }

  @Test func theSameSeedGivesTheSameDelays() {
    var (one, other, third) = (Backoff(seed: 7), Backoff(seed: 7), Backoff(seed: 8))
    let delays = (0..<20).map { one.delay(attempt: $0) }
    #expect(delays == (0..<20).map { other.delay(attempt: $0) })
    #expect(delays != (0..<20).map { third.delay(attempt: $0) })
  }
}
