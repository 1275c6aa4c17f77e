// Gathers the gateway's state at one moment for the admin pages.

import FoundationEssentials
import PluginAPI

struct StatusReport: Sendable {
  let version: String
  let startedAt: Date
  let config: GatewayConfig
  let board: HealthBoard
  let core: GatewayCore

  func routes(metrics: PrometheusMetrics) -> [WebRoute] {
    AdminRoutes(
      metrics: {
        // Gauges that change without an event are brought up to date when somebody looks.
        _ = await core.routeFigures()
        ReadinessMeters(factory: metrics).record(await snapshot())
        return metrics.render()
      },
      status: { await snapshot() }
    ).routes
  }

  func snapshot() async -> StatusSnapshot {
    var snapshot = StatusSnapshot(version: version, startedAt: startedAt)
    snapshot.plugins = config.plugins.map { plugin in
      var checks = board.checks(of: plugin.id).map(Self.check)
      if checks.isEmpty { checks = [.init(name: "start", state: .pending, detail: "nothing reported yet")] }
      return .init(id: plugin.id, type: plugin.type, checks: checks)
    }
    let counts = await core.peopleCounts()
    snapshot.people.matched = counts["matched"] ?? 0
    snapshot.people.unmatched = counts["unmatched"] ?? 0
    snapshot.people.ambiguous = counts["ambiguous"] ?? 0
    snapshot.people.excluded = counts["excluded"] ?? 0
    snapshot.people.unlicensed = counts["unlicensed"] ?? 0
    snapshot.routes = zip(config.routes, await core.routeFigures()).map { route, figures in
      var entry = StatusSnapshot.Route(from: route.from, to: route.to)
      entry.delivered = figures.delivered
      entry.failed = figures.failed
      entry.outbox = figures.outbox
      entry.latencyP50ms = figures.p50
      entry.latencyP99ms = figures.p99
      return entry
    }
    return snapshot
  }

  private static func check(_ entry: HealthBoard.Entry) -> StatusSnapshot.Check {
    var check = StatusSnapshot.Check(
      name: entry.check.name, state: .ok, required: entry.check.required, since: entry.since)
    switch entry.check.state {
    case .pending(let progress): (check.state, check.detail) = (.pending, progress)
    case .ok(let detail): check.detail = detail
    case .failing(let reason, let remedy):
      (check.state, check.detail, check.remedy) = (.failing, reason, remedy)
    }
    return check
  }
}
