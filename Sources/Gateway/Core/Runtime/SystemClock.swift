// Real time behind the plugins' clock.

import FoundationEssentials
import PluginAPI

struct SystemClock: GatewayClock {
  private static let origin = ContinuousClock.now
  var now: Moment { Moment(nanoseconds: (ContinuousClock.now - Self.origin).nanoseconds + 1_000_000_000) }
  var date: Date { Date() }
  func sleep(until deadline: Moment) async throws { try await Task.sleep(for: deadline - now) }
}
