// What the admin listener serves: liveness, readiness, metrics and the status page.

import FoundationEssentials
import PluginAPI

public struct AdminRoutes: Sendable {
  private let metrics: @Sendable () async -> String
  private let status: @Sendable () async -> StatusSnapshot

  /// `metrics` is the Prometheus text; `status` is asked once for each request.
  public init(
    metrics: @escaping @Sendable () async -> String, status: @escaping @Sendable () async -> StatusSnapshot
  ) {
    self.metrics = metrics
    self.status = status
  }

  /// For `WebServerOptions.headers`: nothing that these pages do not need, and nothing is kept by a browser.
  public static let headers: [(name: String, value: String)] = [
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
  ]

  public var routes: [WebRoute] {
    [
      get("/healthz") { WebResponse(200, body: Array("ok\n".utf8)) },
      get("/readyz") { [status] in
        let unready = await status().unready
        guard !unready.isEmpty else { return WebResponse(200, body: Array("ready\n".utf8)) }
        return WebResponse(503, body: Array(unready.map { "\($0)\n" }.joined().utf8))
      },
      get("/metrics") { [metrics] in
        WebResponse(
          200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(await metrics().utf8))
      },
      get("/status.json") { [status] in
        guard let body = try? await status().json() else { return WebResponse(500) }
        return WebResponse(200, contentType: "application/json", body: body)
      },
      get("/") { [status] in
        let page = StatusPage(await status(), now: Date()).html()
        return WebResponse(200, contentType: "text/html; charset=utf-8", body: Array(page.utf8))
      },
    ]
  }

  private func get(_ path: String, _ answer: @escaping @Sendable () async -> WebResponse) -> WebRoute {
    WebRoute(
      path,
      .http { request in
        guard request.method == "GET" else {
          return WebResponse(405, body: Array("method not allowed\n".utf8))
        }
        return await answer()
      })
  }
}
