// Percentiles that are shown to people must be near the true ones.

import PluginAPI
import Testing

import struct PluginTestKit.SplitMix64

@testable import Gateway

struct LatencyHistogramTests {
  @Test func thereIsNoPercentileOfNothing() { #expect(LatencyHistogram().percentile(0.5) == nil) }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func percentilesAreAtMostTenPercentOff(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var histogram = LatencyHistogram()
    let latencies = (0..<random.int(1...2000)).map { _ in
      Duration.nanoseconds(Int64(2_000 * random.seconds(1...10) * Double(1 << random.int(0...26))))
    }
    for latency in latencies { histogram.record(latency) }
    #expect(histogram.count == latencies.count)
    let sorted = latencies.sorted()
    for fraction in [0.0, 0.01, 0.5, 0.9, 0.99, 1] {
      let rank = max(1, Int((Double(sorted.count) * fraction).rounded(.up)))
      let exact = sorted[rank - 1].inSeconds * 1000
      let shown = try #require(histogram.percentile(fraction))
      #expect(abs(shown - exact) <= 0.1 * exact, "\(shown) ms instead of \(exact) ms")
    }
  }

  @Test func extremesAreTakenIn() throws {
    var histogram = LatencyHistogram()
    for latency in [Duration.seconds(-1), .zero, .nanoseconds(1), .seconds(1_000_000)] {
      histogram.record(latency)
    }
    #expect(try #require(histogram.percentile(0.5)) < 0.002)
    #expect(try #require(histogram.percentile(1)) > 3_600_000)
  }
}
