// The core's own figures: no person in any label, and the label sets are the configuration's ids.

import CoreMetrics
import PluginAPI

/// Handles are made once: counting is a lock-free or short-locked increment.
struct FlowMeters: Sendable {
  private let events: [Counter]
  private let echoes: [Counter]
  private let found: [Counter]
  private let latencies: [CoreMetrics.Timer]
  private let outcomes: [[String: Counter]]
  private let outbox: [Gauge]
  private let oldest: [Gauge]
  private let restarts: [Counter]
  private let people: [String: Gauge]

  static let outcomeNames = ["accepted", "postponed", "rejected", "expired"]
  static let standings = ["matched", "unmatched", "ambiguous", "excluded", "unlicensed"]

  init(_ setup: EngineSetup, factory: any MetricsFactory, isShadow: Bool = false) {
    let ids = setup.plugins.map(\.id)
    func counter(_ name: String, _ labels: [(String, String)]) -> Counter {
      Counter(label: name, dimensions: labels, factory: factory)
    }
    events = ids.map { counter("presence_gateway_events_total", [("plugin", $0)]) }
    echoes = ids.map { counter("presence_gateway_echoes_total", [("plugin", $0)]) }
    found = ids.map { counter("presence_gateway_poll_changes_total", [("plugin", $0)]) }
    restarts = ids.map { counter("presence_gateway_plugin_restarts_total", [("plugin", $0)]) }
    latencies = setup.routes.map {
      CoreMetrics.Timer(
        label: "presence_gateway_latency_seconds", dimensions: [("from", ids[$0.from]), ("to", ids[$0.to])],
        factory: factory)
    }
    outcomes = ids.map { id in
      Dictionary(
        uniqueKeysWithValues: Self.outcomeNames.map { name in
          // Where nothing is written nothing is accepted either.
          let label = isShadow && name == "accepted" ? "shadow" : name
          return (name, counter("presence_gateway_deliveries_total", [("sink", id), ("outcome", label)]))
        })
    }
    outbox = ids.map {
      Gauge(label: "presence_gateway_outbox_depth", dimensions: [("sink", $0)], factory: factory)
    }
    oldest = ids.map {
      Gauge(label: "presence_gateway_outbox_oldest_seconds", dimensions: [("sink", $0)], factory: factory)
    }
    people = Dictionary(
      uniqueKeysWithValues: Self.standings.map {
        ($0, Gauge(label: "presence_gateway_people", dimensions: [("state", $0)], factory: factory))
      })
  }

  func received(_ count: Int, from plugin: Int) { events[plugin].increment(by: count) }
  /// A poll found another state than the one that was known.
  func foundByPoll(_ count: Int, in plugin: Int) { if count > 0 { found[plugin].increment(by: count) } }
  func echo(from plugin: Int) { echoes[plugin].increment() }
  func restarted(_ plugin: Int) { restarts[plugin].increment() }
  func delivered(route: Int, latency: Duration) { latencies[route].recordNanoseconds(latency.nanoseconds) }
  func outcome(_ name: String, of sink: Int) { outcomes[sink][name]?.increment() }
  func waiting(_ depth: Int, oldest age: Duration, in sink: Int) {
    outbox[sink].record(depth)
    oldest[sink].record(age.inSeconds)
  }
  func people(_ counts: [String: Int]) { for (name, count) in counts { people[name]?.record(count) } }
}
