// Percentiles of any number of latencies in a few kilobytes.

import NIOCore

/// Counts by logarithmic buckets, sixteen for each power of two: a percentile is at most 7 % too high, never
/// too low.
public struct LatencyHistogram: Sendable, Hashable {
  private var counts = [Int](repeating: 0, count: 512)
  public private(set) var count = 0
  /// The largest, exactly.
  public private(set) var max = TimeAmount.zero

  public init() {}

  public mutating func add(_ latency: TimeAmount) {
    let micros = UInt64(Swift.max(0, latency.nanoseconds) / 1_000)
    counts[Swift.min(Self.bucket(micros), counts.count - 1)] += 1
    count += 1
    max = Swift.max(max, latency)
  }

  /// The latency that `share` (0…1) of all stay within; zero when there are none.
  public func percentile(_ share: Double) -> TimeAmount {
    guard count > 0 else { return .zero }
    let rank = Swift.min(count, Swift.max(1, Int((Double(count) * share).rounded(.up))))
    var seen = 0
    for (bucket, number) in counts.enumerated() {
      seen += number
      if seen >= rank { return Swift.min(max, .microseconds(Int64(Self.end(bucket)))) }
    }
    return max
  }
  public var p50: TimeAmount { percentile(0.5) }
  public var p99: TimeAmount { percentile(0.99) }

  private static func bucket(_ micros: UInt64) -> Int {
    guard micros >= 16 else { return Int(micros) }
    let power = 63 - micros.leadingZeroBitCount
    return (power - 3) * 16 + Int((micros >> UInt64(power - 4)) & 15)
  }

  /// The first microsecond after the bucket.
  private static func end(_ bucket: Int) -> UInt64 {
    guard bucket >= 16 else { return UInt64(bucket) + 1 }
    let power = bucket / 16 + 3
    return (16 + UInt64(bucket % 16) + 1) << UInt64(power - 4)
  }
}
