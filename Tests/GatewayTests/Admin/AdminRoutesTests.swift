// What a load balancer and a script see on the admin listener.

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
  private func get(_ path: String, _ status: StatusSnapshot, method: String = "GET") async -> WebResponse? {
    let routes = AdminRoutes(metrics: { "x 1\n" }, status: { status }).routes
    guard let handler = routes.first(where: { $0.path == path })?.handlers[method],
      case .whole(let response) = await handler(WebCall(WebRequest(method: method, path: path)))
    else { return nil }
    return response
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
  }

  @Test func theJSONIsTheSnapshot() async throws {
    let response = await get("/status.json", snapshot())
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    #expect(try decoder.decode(StatusSnapshot.self, from: Data(response?.body ?? [])) == snapshot())
    #expect(text(response).contains(#""startedAt" : "2026-03-01T09:58:20Z""#))
    #expect(text(response).contains(#""state" : "failing""#))
  }
}
