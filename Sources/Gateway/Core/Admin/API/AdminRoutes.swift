// What machines ask the admin listener: liveness, readiness, metrics and the state as JSON.

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

  public var routes: [InternalRoute] {
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
    ]
  }

  private func get(_ path: String, _ answer: @escaping @Sendable () async -> WebResponse) -> InternalRoute {
    InternalRoute(path) { _ in await answer() }
  }
}
