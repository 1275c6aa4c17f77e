// The connector's metrics; the table in the README lists them.

import CoreMetrics
import PluginAPI

struct PBXMetrics {
  private let plugin: String
  private let factory: any MetricsFactory
  private let connections: Gauge
  private let users: Gauge
  private let alienCalls: Gauge
  private let received: Counter
  private let sent: Counter
  private let events: Counter
  private var counters: [String: Counter] = [:]
  private var gauges: [String: Gauge] = [:]
  private var kinds = SeenWords(limit: 32)

  init(_ context: PluginContext) {
    plugin = context.id
    factory = context.metrics
    let own = [("plugin", context.id)]
    func gauge(_ name: String) -> Gauge {
      Gauge(label: "presence_gateway_pbx_\(name)", dimensions: own, factory: context.metrics)
    }
    func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
      Counter(
        label: "presence_gateway_pbx_\(name)", dimensions: own + dimensions, factory: context.metrics)
    }
    connections = gauge("connections")
    users = gauge("users")
    alienCalls = gauge("alien_calls")
    received = counter("messages_total", [("direction", "received")])
    sent = counter("messages_total", [("direction", "sent")])
    events = counter("events_total")
  }

  func connected(_ count: Int) { connections.record(count) }
  func known(_ count: Int) { users.record(count) }
  func calls(_ count: Int) { alienCalls.record(count) }
  func receivedMessage() { received.increment() }
  func sentMessage() { sent.increment() }
  func event() { events.increment() }

  mutating func login(_ result: String) { count("logins_total", [("result", result)]) }
  mutating func write(_ request: PresenceWrites.Request, _ answer: PresenceWrites.Answer) {
    count("writes_total", [("request", request.rawValue), ("result", answer.rawValue)])
  }
  /// Counted by kind, up to 32 kinds.
  mutating func ignored(_ kind: String) { count("ignored_messages_total", [("kind", kinds.label(kind))]) }
  mutating func subscribed(_ progress: SubscriptionProgress) {
    record("subscriptions", [("state", "up")], progress.up)
    record("subscriptions", [("state", "pending")], progress.pending)
    record("subscriptions", [("state", "unseen")], progress.unseen)
    record("subscriptions", [("state", "refused")], progress.refused)
  }

  private mutating func count(_ name: String, _ labels: [(String, String)]) {
    let key = name + labels.map { ",\($0.1)" }.joined()
    let counter =
      counters[key]
      ?? Counter(
        label: "presence_gateway_pbx_\(name)", dimensions: [("plugin", plugin)] + labels, factory: factory)
    counters[key] = counter
    counter.increment()
  }

  private mutating func record(_ name: String, _ labels: [(String, String)], _ value: Int) {
    let key = name + labels.map { ",\($0.1)" }.joined()
    let gauge =
      gauges[key]
      ?? Gauge(
        label: "presence_gateway_pbx_\(name)", dimensions: [("plugin", plugin)] + labels, factory: factory)
    gauges[key] = gauge
    gauge.record(value)
  }
}
