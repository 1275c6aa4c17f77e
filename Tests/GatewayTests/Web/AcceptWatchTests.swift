// Connections that the system does not let us accept are counted, and said once.

import Logging
import NIOCore
import NIOEmbedded
import PluginTestKit
import Testing

@testable import Gateway

@Suite struct AcceptWatchTests {
  @Test func eachIsCountedAndTheFirstIsSaid() throws {
    let (log, metrics) = (NotedLog(), PrometheusMetrics(table: .web))
    let service = WebService(
      router: try WebRouter(internalRoutes: []), limits: WebLimits(),
      metrics: WebMetrics(metrics, listener: "public", paths: []), headers: [], refusal: \.response,
      logger: log.logger())
    let channel = EmbeddedChannel(handler: AcceptWatch(service))
    for _ in 0..<2 { channel.pipeline.fireErrorCaught(IOError(errnoCode: 24, reason: "accept")) }
    #expect(log.lines.count == 1)
    #expect(log.lines.first?.hasPrefix("warning: cannot accept connections open_files_limit=") == true)
    #expect(log.lines.first?.contains(" reason=accept: Too many open files") == true)
    #expect(metrics.render().contains(#"http_rejected_total{listener="public",reason="accept"} 2"#))
  }
}
