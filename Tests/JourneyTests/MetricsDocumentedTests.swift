// Every metric has a meaning, and the documents say the same as `/metrics`.

import Connectors
import FoundationEssentials
import Gateway
import PluginAPI
import Testing

struct MetricsDocumentedTests {
  @Test func theTableOfAllMetricsIsFresh() throws {
    #expect(
      try Journey.file("docs/metrics.md").hasSuffix(MetricTable.gateway(with: registeredPlugins).markdown()),
      "stale: Scripts/refresh-docs")
  }

  @Test func theTablesOfTheConnectorsAreFresh() throws {
    for type in registeredPlugins {
      #expect(
        try Journey.file("Sources/Plugins/\(folder(of: type))/README.md").contains(
          MetricTable(type.metrics).markdown()),
        "stale: Scripts/refresh-docs")
    }
  }

  @Test func aRunningGatewayMakesNoMetricWithoutAMeaning() async throws {
    try await Journey.run { journey in
      let text = String(decoding: await journey.get("/metrics")?.body ?? [], as: UTF8.self)
      #expect(text.contains("# HELP presence_gateway_people "))
      let bare = text.split(separator: "\n").filter { $0.hasSuffix(" Not described.") }
      #expect(bare.isEmpty, "\(bare)")
    }
  }

  @Test func whatEndsIsToldAsFarAsItIsKnown() async throws {
    try await Journey.run { journey in
      let now = Date().timeIntervalSince1970
      func name(_ what: String) -> String {
        "presence_gateway_microsoft365_\(what)_expires_timestamp_seconds"
      }
      try await journey.until("a subscription lives") { await journey.metric(name("subscription")) > 0 }
      let subscription = await journey.metric(name("subscription"))
      #expect(subscription > now && subscription < now + 3 * 86400)
      for signIn in ["reading", "writing"] {
        let end = await journey.metric(name("token"), "sign_in=\"\(signIn)\"")
        #expect(end > now && end < now + 86400, "\(signIn)")
      }
      let text = String(decoding: await journey.get("/metrics")?.body ?? [], as: UTF8.self)
      #expect(!text.contains(name("credential")), "nobody knows when the client secret ends")
    }
  }

  @Test(arguments: ["alerts.yaml", "grafana-dashboard.json"])
  func whatIsWatchedExists(name: String) throws {
    let table = MetricTable.gateway(with: registeredPlugins)
    let text = try Journey.file("docs/monitoring/\(name)")
    let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    let used = Set(words.filter { $0.hasPrefix("presence_gateway_") })
    #expect(used.count >= 10)
    for metric in used {
      let base = metric.hasSuffix("_bucket") ? metric.dropLast(7) : metric
      #expect(table[String(base)] != nil, "\(name) watches \(metric), which nothing makes")
    }
  }
}
