// What the admin page, the metrics and the summary ask the core.

import PluginAPI

extension GatewayCore {
  func peopleCounts() -> [String: Int] {
    var counts = Dictionary(uniqueKeysWithValues: FlowMeters.standings.map { ($0, 0) })
    counts["matched"] = engine.people.people.count
    for standing in engine.people.standings.lazy.flatMap(\.values) {
      switch standing {
      case .matched: break
      case .unmatched: counts["unmatched", default: 0] += 1
      case .ambiguous: counts["ambiguous", default: 0] += 1
      case .excluded: counts["excluded", default: 0] += 1
      case .unlicensed: counts["unlicensed", default: 0] += 1
      }
    }
    return counts
  }

  struct RouteFigures: Sendable {
    /// Plugin ids.
    var from, to: String
    var delivered: Int
    var failed: Int
    var outbox: Int
    var p50, p99: Double?
  }

  func routeFigures() -> [RouteFigures] {
    let now = clock.now
    for sink in engine.outboxes.indices {
      guard let outbox = engine.outboxes[sink] else { continue }
      meters.waiting(outbox.depth, oldest: outbox.oldest().map { now - $0 } ?? .zero, in: sink)
    }
    return engine.setup.routes.indices.map { route in
      let sink = engine.setup.routes[route].to
      return RouteFigures(
        from: engine.setup.plugins[engine.setup.routes[route].from].id, to: engine.setup.plugins[sink].id,
        delivered: latencies[route].count, failed: outcomes[sink][.rejected] ?? 0,
        outbox: engine.outboxes[sink]?.depth ?? 0, p50: latencies[route].percentile(0.5, now: now),
        p99: latencies[route].percentile(0.99, now: now))
    }
  }
}

extension Engine.Outcome {
  enum Name: String { case accepted, postponed, rejected, expired }
  var name: Name {
    switch self {
    case .accepted: .accepted
    case .expired: .expired
    case .postponed: .postponed
    case .rejected: .rejected
    }
  }
}
