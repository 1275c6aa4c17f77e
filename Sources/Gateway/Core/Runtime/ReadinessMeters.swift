// The check marks as figures, so that an alarm can hang on them: counted by state, never by name.

import CoreMetrics

struct ReadinessMeters: Sendable {
  let factory: any MetricsFactory

  func record(_ snapshot: StatusSnapshot) {
    gauge("presence_gateway_ready", []).record(snapshot.unready.isEmpty ? 1 : 0)
    for plugin in snapshot.plugins {
      for state in [StatusSnapshot.Check.State.ok, .pending, .failing] {
        gauge("presence_gateway_checks", [("plugin", plugin.id), ("state", state.rawValue)]).record(
          plugin.checks.count { $0.state == state })
      }
    }
  }

  private func gauge(_ name: String, _ labels: [(String, String)]) -> Gauge {
    Gauge(label: name, dimensions: labels, factory: factory)
  }
}
