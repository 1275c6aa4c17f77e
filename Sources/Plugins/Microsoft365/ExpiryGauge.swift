// When something ends, as a figure that is there only while it is known: an old date, or none, would be a wrong one.

import CoreMetrics
import FoundationEssentials

struct ExpiryGauge: Sendable {
  private let make: @Sendable () -> Gauge
  private var gauge: Gauge?

  init(_ make: @escaping @Sendable () -> Gauge) { self.make = make }

  /// Nil: there is nothing that ends.
  mutating func record(_ date: Date?) {
    guard let date else {
      gauge?.destroy()
      gauge = nil
      return
    }
    let gauge = gauge ?? make()
    gauge.record(date.timeIntervalSince1970)
    self.gauge = gauge
  }
}
