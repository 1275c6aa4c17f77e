// A route's latencies of the last ten minutes, as the chart beside them shows: what was slow yesterday is no news.

import PluginAPI

/// One histogram a minute, so that the oldest can be left out: constant memory, however long the gateway runs.
struct RecentLatency: Sendable {
  static let step: Duration = .seconds(60)
  static let length = 10
  /// Since the start.
  private(set) var count = 0
  private var minutes: [(number: Int64, histogram: LatencyHistogram)] = []

  mutating func record(_ latency: Duration, now: Moment) {
    let minute = Self.minute(now)
    minutes.removeAll { !Self.counts($0.number, at: minute) }
    if minutes.last?.number != minute { minutes.append((minute, LatencyHistogram())) }
    minutes[minutes.count - 1].histogram.record(latency)
    count += 1
  }

  /// In milliseconds; nil where nothing was delivered in these minutes. `fraction` is 0…1.
  func percentile(_ fraction: Double, now: Moment) -> Double? {
    let minute = Self.minute(now)
    return minutes.lazy.filter { Self.counts($0.number, at: minute) }
      .reduce(into: LatencyHistogram()) { $0.add($1.histogram) }.percentile(fraction)
  }

  private static func counts(_ number: Int64, at minute: Int64) -> Bool { number > minute - Int64(length) }
  private static func minute(_ now: Moment) -> Int64 {
    (now - Moment(nanoseconds: 0)).nanoseconds / step.nanoseconds
  }
}
