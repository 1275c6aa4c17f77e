// Percentiles of a route's latency in constant memory: logarithmic buckets, read at their middle: at most
// 6.25 % off.

import PluginAPI

struct LatencyHistogram: Sendable {
  private var buckets = [UInt32](repeating: 0, count: 256)
  private(set) var count = 0

  mutating func record(_ latency: Duration) {
    buckets[Self.bucket(latency.nanoseconds)] &+= 1
    count += 1
  }

  mutating func add(_ other: LatencyHistogram) {
    for index in buckets.indices { buckets[index] &+= other.buckets[index] }
    count += other.count
  }

  /// In milliseconds; nil before the first record. `fraction` is 0…1.
  func percentile(_ fraction: Double) -> Double? {
    guard count > 0 else { return nil }
    let rank = max(1, Int((Double(count) * fraction).rounded(.up)))
    var seen = 0
    for (index, hits) in buckets.enumerated() {
      seen += Int(hits)
      if seen >= rank { return Self.middle(index) / 1_000_000 }
    }
    return nil
  }

  // 8 buckets for each power of two from 1 µs on.
  private static func bucket(_ nanoseconds: Int64) -> Int {
    let value = UInt64(max(1024, nanoseconds))
    let exponent = 63 - value.leadingZeroBitCount
    let fraction = Int((value >> UInt64(exponent - 3)) & 7)
    return min(255, (exponent - 10) * 8 + fraction)
  }
  private static func middle(_ index: Int) -> Double {
    Double(UInt64(1) << UInt64(index / 8 + 10)) * (1 + (Double(index % 8) + 0.5) / 8)
  }
}
