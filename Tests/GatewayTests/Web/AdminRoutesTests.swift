// What an administrator, a load balancer and a script see on the admin listener.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

private let noon = Date(timeIntervalSince1970: 1_772_366_400)

private func snapshot() -> StatusSnapshot {
  var status = StatusSnapshot(version: "1.2.3", startedAt: noon.addingTimeInterval(-7300), memory: 12_345_678)
  status.plugins = [
    .init(
      id: "teams", type: "microsoft365",
      checks: [
        .init(name: "Graph answers", state: .ok, detail: "12 ms", since: noon.addingTimeInterval(-60)),
        .init(
          name: "reading sign-in <sync1@contoso.example>", state: .failing,
          detail: "AADSTS50126: wrong password",
          remedy: "Set the password \"TEAMS_SYNC1_PASSWORD\"", since: noon.addingTimeInterval(-600)),
        .init(name: "users", state: .pending, detail: "650 of 1,951 users"),
        .init(name: "spare account", state: .failing, detail: "gone", required: false),
      ]),
    .init(id: "pbx", type: "pbx", checks: []),
  ]
  status.people.matched = 250
  status.people.ambiguous = 2
  var route = StatusSnapshot.Route(from: "teams", to: "pbx")
  route.delivered = 1234
  route.latencyP50ms = 3.14159
  status.routes = [route]
  return status
}

@Suite struct AdminRoutesTests {
  private let page = StatusPage(snapshot(), now: noon).html()

  private func get(_ path: String, _ status: StatusSnapshot, method: String = "GET") async -> WebResponse? {
    let routes = AdminRoutes(metrics: { "x 1\n" }, status: { status }).routes
    guard case .http(let handler)? = routes.first(where: { $0.path == path })?.handler else { return nil }
    return await handler(WebRequest(method: method, path: path))
  }
  private func text(_ response: WebResponse?) -> String {
    String(decoding: response?.body ?? [], as: UTF8.self)
  }

  @Test func readinessNamesWhatIsMissingAndWhatToDo() async {
    let response = await get("/readyz", snapshot())
    #expect(response?.status == 503)
    #expect(
      text(response) == """
        teams: reading sign-in <sync1@contoso.example>: AADSTS50126: wrong password — Set the password \
        "TEAMS_SYNC1_PASSWORD"
        teams: users: waiting (650 of 1,951 users)

        """)
    #expect(response?.contentType == "text/plain; charset=utf-8")
    var ready = snapshot()
    ready.plugins[0].checks.removeSubrange(1...2)
    let good = await get("/readyz", ready)
    #expect(good?.status == 200)
    #expect(text(good) == "ready\n")
  }

  @Test func aReasonCannotForgeALine() async {
    var status = snapshot()
    status.plugins[0].checks = [.init(name: "a", state: .failing, detail: "x\nteams: b: fine")]
    #expect(text(await get("/readyz", status)) == "teams: a: x teams: b: fine\n")
  }

  @Test func healthAndMetrics() async {
    #expect(text(await get("/healthz", snapshot())) == "ok\n")
    let metrics = await get("/metrics", snapshot())
    #expect(text(metrics) == "x 1\n")
    #expect(metrics?.contentType == "text/plain; version=0.0.4; charset=utf-8")
    #expect(await get("/metrics", snapshot(), method: "POST")?.status == 405)
  }

  @Test func theJSONIsTheSnapshot() async throws {
    let response = await get("/status.json", snapshot())
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    #expect(try decoder.decode(StatusSnapshot.self, from: Data(response?.body ?? [])) == snapshot())
    #expect(text(response).contains(#""startedAt" : "2026-03-01T09:58:20Z""#))
    #expect(text(response).contains(#""state" : "failing""#))
  }

  @Test func thePageShowsEveryCheckWithReasonAndRemedy() {
    #expect(page.contains("<title>✗ Presence Gateway</title>"))
    #expect(page.contains("<b>✗</b> 2 things need attention"))
    #expect(
      page.contains(
        #"<li class="ok"><b>✓</b> Graph answers <span>12 ms</span> <time>for 60 s</time></li>"#))
    #expect(
      page.contains(
        #"<li class="failing"><b>✗</b> reading sign-in &lt;sync1@contoso.example&gt; "#
          + #"<span>AADSTS50126: wrong password</span> <time>for 10 min</time>"#
          + #"<p>Set the password &quot;TEAMS_SYNC1_PASSWORD&quot;</p></li>"#))
    #expect(page.contains(#"<li class="pending"><b>…</b> users <span>650 of 1,951 users</span></li>"#))
    #expect(page.contains(#"<span class="quiet">optional</span>"#))
    #expect(page.contains(#"<li class="quiet">nothing reported yet</li>"#))
    #expect(page.contains("<div><dd>250</dd><dt>matched</dt></div>"))
    #expect(
      page.contains(
        "<tr><th>teams → pbx</th><td>1234</td><td>0</td><td>0</td><td>3.1 ms</td><td>–</td></tr>"))
    #expect(page.contains("Version 1.2.3 · running for 2 h · 12 MB"))
  }

  @Test func nothingFromOutsideBecomesMarkup() {
    let evil = "<script>alert('x')</script>&\"'"
    var status = StatusSnapshot(version: evil, startedAt: noon)
    status.plugins = [
      .init(id: evil, type: evil, checks: [.init(name: evil, state: .failing, detail: evil, remedy: evil)])
    ]
    status.routes = [.init(from: evil, to: evil)]
    let html = StatusPage(status, now: noon).html()
    #expect(!html.contains("<script"))
    #expect(html.components("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;&#39;") == 8)
  }

  @Test func summariesCount() {
    var status = StatusSnapshot(version: "1", startedAt: noon)
    func summary() -> Bool { StatusPage(status, now: noon).html().contains("<b>✓</b> Everything works") }
    #expect(summary())
    status.plugins = [.init(id: "a", type: "a", checks: [.init(name: "x", state: .pending)])]
    #expect(StatusPage(status, now: noon).html().contains("<b>…</b> 1 step is under way"))
    status.plugins[0].checks[0].state = .failing
    #expect(StatusPage(status, now: noon).html().contains("<b>✗</b> 1 thing needs attention"))
  }

  @Test func theListenerAddsTheSecurityHeaders() async throws {
    var options = WebServerOptions(name: "admin", listen: .init(host: "127.0.0.1", port: 0))
    options.headers = AdminRoutes.headers
    let routes = AdminRoutes(metrics: { "" }, status: { snapshot() }).routes
    let server = WebServer(options, router: try WebRouter(internalRoutes: routes), logger: .init(label: "x"))
    try await server.start()
    let client = CurlClient()
    let response = try await client.send(.init("GET", "http://127.0.0.1:\(server.port ?? 0)/"))
    #expect(response.status == 200)
    #expect(response.header("content-type") == "text/html; charset=utf-8")
    #expect(
      response.header("content-security-policy")
        == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
    #expect(response.header("cache-control") == "no-store")
    await client.shutdown()
    await server.stop()
  }
}
