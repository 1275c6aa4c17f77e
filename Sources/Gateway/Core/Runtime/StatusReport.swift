// Gathers the gateway's state at one moment for the admin pages.

import FoundationEssentials
import PluginAPI

struct StatusReport: Sendable {
  let version: String
  let startedAt: Date
  /// It may change.
  let config: @Sendable () -> GatewayConfig
  let board: HealthBoard
  let core: GatewayCore

  func probes(metrics: PrometheusMetrics) -> AdminRoutes {
    AdminRoutes(
      metrics: {
        // Gauges that change without an event are brought up to date when somebody looks.
        _ = await core.routeFigures()
        ReadinessMeters(factory: metrics).record(await snapshot())
        return metrics.render()
      },
      status: { await snapshot() })
  }

  func snapshot() async -> StatusSnapshot {
    var snapshot = StatusSnapshot(version: version, startedAt: startedAt)
    let own = board.checks(of: GatewayServices.ownID).map { StatusSnapshot.Check($0.check, since: $0.since) }
    if !own.isEmpty { snapshot.plugins = [.init(id: GatewayServices.ownID, type: "gateway", checks: own)] }
    snapshot.plugins += config().plugins.map { plugin in
      var checks = board.checks(of: plugin.id).map { StatusSnapshot.Check($0.check, since: $0.since) }
      if checks.isEmpty { checks = [.init(name: "start", state: .pending, detail: "nothing reported yet")] }
      return .init(id: plugin.id, type: plugin.type, checks: checks)
    }
    let counts = await core.peopleCounts()
    snapshot.people.matched = counts["matched"] ?? 0
    snapshot.people.unmatched = counts["unmatched"] ?? 0
    snapshot.people.ambiguous = counts["ambiguous"] ?? 0
    snapshot.people.excluded = counts["excluded"] ?? 0
    snapshot.people.unlicensed = counts["unlicensed"] ?? 0
    snapshot.routes = (await core.routeFigures()).map { figures in
      var entry = StatusSnapshot.Route(from: figures.from, to: figures.to)
      entry.delivered = figures.delivered
      entry.failed = figures.failed
      entry.outbox = figures.outbox
      entry.latencyP50ms = figures.p50
      entry.latencyP99ms = figures.p99
      return entry
    }
    return snapshot
  }
}

extension StatusSnapshot.Check {
  init(_ check: Check, since: Date? = nil) {
    self.init(name: check.name, state: .ok, required: check.required, since: since)
    switch check.state {
    case .pending(let progress): (state, detail) = (.pending, progress)
    case .ok(let detail): self.detail = detail
    case .failing(let reason, let remedy): (state, detail, self.remedy) = (.failing, reason, remedy)
    }
  }
}
