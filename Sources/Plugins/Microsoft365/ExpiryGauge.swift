// When something ends, as a figure that is there only while it is known: an old date, or none, would be a wrong one.

import CoreMetrics
import FoundationEssentials

struct ExpiryGauge: Sendable {
  /// Each time: whoever had the figure before, or has it after a reload, may have taken it away.
  let make: @Sendable () -> Gauge

  /// Nil: there is nothing that ends, whatever a former configuration has recorded.
  func record(_ date: Date?) {
    let gauge = make()
    if let date { gauge.record(date.timeIntervalSince1970) } else { gauge.destroy() }
  }
}
