// What a route shows of its latency is what happened lately.

import PluginAPI
import Testing

@testable import Gateway

@Suite struct RecentLatencyTests {
  @Test func whatIsTenMinutesOldCountsNoLonger() throws {
    var recent = RecentLatency()
    func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: 0) + .seconds(seconds) }
    #expect(recent.percentile(0.5, now: at(0)) == nil)
    for _ in 0..<1000 { recent.record(.seconds(30), now: at(10)) }
    recent.record(.milliseconds(2), now: at(550))
    let slow = try #require(recent.percentile(0.5, now: at(599)))
    #expect((28_000...32_000).contains(slow))
    let fast = try #require(recent.percentile(0.99, now: at(600)))
    #expect((1.8...2.2).contains(fast))
    #expect(recent.percentile(0.5, now: at(1200)) == nil)
    #expect(recent.count == 1001, "deliveries are counted since the start")
  }
}
