// What is counted about a listener: by declared route, never by what a stranger sends.

import CoreMetrics

struct WebMetrics: Sendable {
  private struct Route: Sendable {
    /// 1xx to 5xx.
    let classes: [Counter]
    let received: Counter
    let sent: Counter
  }
  private static let noRoute = "none"
  private let routes: [String: Route]
  private let rejected: [String: Counter]
  private let connections: Gauge

  init(_ factory: any MetricsFactory, listener: String, paths: [String]) {
    func counter(_ name: String, _ labels: [(String, String)]) -> Counter {
      Counter(
        label: "presence_gateway_\(name)_total", dimensions: [("listener", listener)] + labels,
        factory: factory)
    }
    routes = .init(
      uniqueKeysWithValues: (paths + [Self.noRoute]).map { path in
        let classes = (1...5).map { counter("http_requests", [("route", path), ("status", "\($0)xx")]) }
        return (
          path,
          Route(
            classes: classes,
            received: counter("websocket_messages", [("route", path), ("direction", "received")]),
            sent: counter("websocket_messages", [("route", path), ("direction", "sent")]))
        )
      })
    let reasons =
      [
        Refusal.badRequest, .notFound, .methodNotAllowed(""), .bodyTooLarge, .upgradeRequired,
        .headersTooLarge,
        .busy, .tooManyConnections, .tooManyFromAddress,
      ].map(\.reason) + Refusal.silentReasons
    rejected = .init(uniqueKeysWithValues: reasons.map { ($0, counter("http_rejected", [("reason", $0)])) })
    connections = Gauge(
      label: "presence_gateway_http_connections", dimensions: [("listener", listener)], factory: factory)
  }

  func answered(_ route: String?, status: Int) {
    let classes = routes[route ?? Self.noRoute]?.classes
    classes?[min(max(status / 100, 1), 5) - 1].increment()
  }
  func rejected(_ reason: String) { rejected[reason]?.increment() }
  func messageReceived(_ route: String) { routes[route]?.received.increment() }
  func messagesSent(_ route: String, _ count: Int) { routes[route]?.sent.increment(by: count) }
  func open(_ count: Int) { connections.record(count) }
}

extension MetricTable {
  public static let web = MetricTable([
    Entry(
      "presence_gateway_http_requests_total", .counter, ["listener", "route", "status"],
      "Answered requests by route (`none`: no such path) and status class."),
    Entry(
      "presence_gateway_http_rejected_total", .counter, ["listener", "reason"],
      "Requests and connections that a limit or a rule of the listener ended."),
    Entry(
      "presence_gateway_http_connections", .gauge, ["listener"], "Open connections, WebSockets included."),
    Entry(
      "presence_gateway_websocket_messages_total", .counter, ["listener", "route", "direction"],
      "WebSocket messages, `received` or `sent`."),
  ])
}
