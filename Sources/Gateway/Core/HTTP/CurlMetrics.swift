// What is counted about outgoing requests: by answer or by what went wrong, never by host or person.

import CoreMetrics
import PluginAPI

struct CurlMetrics: Sendable {
  private let outcomes: [String: Counter]
  private let seconds: CoreMetrics.Timer
  private let connections: Counter
  private let running: Gauge

  private static let names = [
    "1xx", "2xx", "3xx", "4xx", "5xx", "cancelled", "timed_out", "cannot_connect", "tls",
    "response_too_large",
    "invalid_request", "connection_lost",
  ]

  init(_ factory: any MetricsFactory) {
    let prefix = "presence_gateway_http_client"
    outcomes = .init(
      uniqueKeysWithValues: Self.names.map { name in
        (name, Counter(label: "\(prefix)_requests_total", dimensions: [("outcome", name)], factory: factory))
      })
    seconds = Timer(label: "\(prefix)_request_seconds", dimensions: [], factory: factory)
    connections = Counter(label: "\(prefix)_connections_total", dimensions: [], factory: factory)
    running = Gauge(label: "\(prefix)_requests_under_way", dimensions: [], factory: factory)
  }

  func finished(_ outcome: CurlTransfer.Outcome, after duration: Duration) {
    outcomes[Self.name(outcome)]?.increment()
    seconds.recordNanoseconds(duration.nanoseconds)
  }
  func connectionsOpened(_ count: Int) {
    if count > 0 { connections.increment(by: count) }
  }
  func underWay(_ count: Int) { running.record(count) }

  private static func name(_ outcome: CurlTransfer.Outcome) -> String {
    switch outcome {
    case .success(let response): "\(response.status / 100)xx"
    case .failure(.cancelled): "cancelled"
    case .failure(.timedOut): "timed_out"
    case .failure(.cannotConnect): "cannot_connect"
    case .failure(.tls): "tls"
    case .failure(.responseTooLarge): "response_too_large"
    case .failure(.invalidRequest): "invalid_request"
    case .failure(.connectionLost): "connection_lost"
    }
  }
}

extension MetricTable {
  public static let httpClient = MetricTable([
    Entry(
      "presence_gateway_http_client_requests_total", .counter, ["outcome"],
      "Outgoing requests, by status class or by what went wrong."),
    Entry(
      "presence_gateway_http_client_request_seconds", .histogram, "Outgoing requests, start to last byte."),
    Entry(
      "presence_gateway_http_client_connections_total", .counter, "Connections opened for requests."),
    Entry("presence_gateway_http_client_requests_under_way", .gauge, "Outgoing requests under way."),
  ])
}
