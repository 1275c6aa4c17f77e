// A listener with a few routes, for the tests that attack it.

import CoreMetrics
import Logging
import PluginAPI

@testable import Gateway

/// `/echo` answers with method, query and body; `/wait` answers when told; `/ws` sends back what it receives.
struct TestServer {
  let server: WebServer
  let metrics = PrometheusMetrics(table: .web)
  let waiting = Signal()
  let go = Signal()

  var port: Int { server.port ?? 0 }

  init(
    tls: CertificateFiles? = nil, more: [WebRoute] = [], limits: WebLimits = .init(), trusting: [String] = []
  ) async throws {
    var options = WebServerOptions(name: "public", listen: .init(host: "127.0.0.1", port: 0), tls: tls)
    options.limits = limits
    options.forwardedFor.trusted = trusting.compactMap { IPNetwork($0) }
    let (waiting, go) = (waiting, go)
    let routes =
      more + [
        WebRoute(
          "/echo",
          .http { request in
            let text = "\(request.method) \(request.query) \(request.remoteAddress)\n"
            return WebResponse(200, body: Array(text.utf8) + request.body)
          }),
        WebRoute(
          "/wait",
          .http { _ in
            waiting.fire()
            await go.wait()
            return WebResponse(202)
          }),
        WebRoute(
          "/ws",
          .webSocket { peer in
            while let message = try? await peer.receive() { try? await peer.send(message) }
          }),
      ]
    server = WebServer(
      options, router: try WebRouter(plugins: routes.map { ("test", $0) }),
      logger: Logger(label: "web", factory: { _ in SwiftLogNoOpLogHandler() }), metrics: metrics)
    try await server.start()
  }

  static func with(
    _ limits: WebLimits = .init(), more routes: [WebRoute] = [], _ body: (TestServer) async throws -> Void
  ) async throws {
    let server = try await TestServer(more: routes, limits: limits)
    do { try await body(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  func connect() async throws -> RawConnection { try await RawConnection.connect(port) }
  func stop() async { await server.stop(grace: .milliseconds(100)) }

  /// What a client sees that sends this and ends.
  func exchange(_ text: String) async throws -> String {
    let connection = try await connect()
    try await connection.write(text)
    await connection.endOutput()
    defer { connection.channel.close(promise: nil) }
    return await connection.rest()
  }

  /// The counter's value; nil when there is none.
  func metric(_ series: String) -> Int? {
    let line = metrics.render().split(separator: "\n").first { $0.hasPrefix("presence_gateway_\(series) ") }
    return line.flatMap { Int($0.split(separator: " ").last ?? "") }
  }
  func rejected(_ reason: String) -> Int? {
    metric("http_rejected_total{listener=\"public\",reason=\"\(reason)\"}")
  }
}

extension WebLimits {
  static func changed(_ change: (inout WebLimits) -> Void) -> WebLimits {
    var limits = WebLimits()
    change(&limits)
    return limits
  }
}

extension String {
  /// The status line.
  var firstLine: Substring { prefix { $0 != "\r\n" } }
  func header(_ name: String) -> String? {
    split(separator: "\r\n").dropFirst().first { $0.lowercased().hasPrefix("\(name.lowercased()):") }
      .map { String($0.split(separator: ":", maxSplits: 1)[1].drop { $0 == " " }) }
  }
}
