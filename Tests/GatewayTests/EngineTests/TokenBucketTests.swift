// A rate limit is kept in every window of its interval, however the requests come.

import PluginAPI
import Testing

import struct PluginTestKit.SplitMix64

@testable import Gateway

struct TokenBucketTests {
  @Test(arguments: 0..<100 as Range<UInt64>)
  func noWindowOfOneIntervalEverExceedsTheAllowance(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let rate = Limits.Rate(random.int(1...40), per: .milliseconds(random.int(1...20_000)))
    var bucket = TokenBucket(rate, now: .second(5))
    var now = Moment.second(5)
    var taken: [Moment] = []
    for _ in 0..<400 {
      switch bucket.take(now: now) {
      case nil: taken.append(now)
      // Sometimes patient to the very moment, sometimes pressing, sometimes idle for long.
      case let ready?: if random.chance(0.6) { now = ready }
      }
      if random.chance(0.3) {
        let step = rate.interval.inSeconds * random.seconds(0...random.pick([0.01, 0.3, 3]))
        now = now + .nanoseconds(Int64(step * 1e9))
      }
    }
    #expect(taken.count > 20)
    for (first, begin) in taken.enumerated() {
      let inWindow = taken[first...].prefix { $0 - begin < rate.interval }.count
      if inWindow > rate.requests { Issue.record("\(inWindow) of \(rate) from \(begin.seconds) s on") }
    }
  }

  @Test(arguments: [1, 2, 3, 20])
  func afterTheMomentItNamesThereIsAToken(requests: Int) throws {
    var bucket = TokenBucket(.init(requests, per: .seconds(7)), now: .second(0))
    var now = Moment.second(0)
    for _ in 0..<50 {
      guard let ready = bucket.take(now: now) else { continue }
      try #require(ready > now)
      now = ready
      try #require(bucket.take(now: now) == nil)
    }
  }

  @Test func halfOfTheAllowanceGoesAtOnce() {
    var bucket = TokenBucket(.init(20, per: .seconds(10)), now: .second(0))
    let burst = (0..<20).prefix { _ in bucket.take(now: .second(0)) == nil }.count
    #expect(burst == 10)
    #expect(bucket.take(now: .second(0)) == .second(1))
  }

  @Test func aClockThatStandsStillOrGoesBackGivesNothing() {
    var bucket = TokenBucket(.init(2, per: .seconds(1)), now: .second(10))
    #expect(bucket.take(now: .second(10)) == nil)
    #expect(bucket.take(now: .second(10)) != nil)
    #expect(bucket.take(now: .second(9)) != nil)
  }
}
