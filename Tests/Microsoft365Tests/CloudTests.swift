// In every cloud all requests go to that cloud's hosts and ask for its scopes; where presence is not pushed nothing is
// subscribed to.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct CloudTests {
  static let own: ConfigValue = ["login": "https://login.own.example", "graph": "https://graph.own.example"]
  static let clouds: [(ConfigValue, login: String, graph: String, plan: String)] = [
    (
      "global", "https://login.microsoftonline.com", "https://graph.microsoft.com",
      "57ff2da0-773e-42df-b2af-ffb7a2317929"
    ),
    (
      "usgov", "https://login.microsoftonline.us", "https://graph.microsoft.us",
      "9953b155-8aef-4c56-92f3-72b0487fce41"
    ),
    (
      "dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us",
      "fd500458-c24c-478e-856c-a6067a8376cd"
    ),
    // GCC lives in the global cloud, with a plan of its own.
    (
      "global", "https://login.microsoftonline.com", "https://graph.microsoft.com",
      "304767db-7d23-49e8-a945-4a7eb65f9f28"
    ),
    (own, "https://login.own.example", "https://graph.own.example", "57ff2da0-773e-42df-b2af-ffb7a2317929"),
  ]

  @Test(arguments: clouds)
  func everythingGoesToItsHosts(
    _ cloud: ConfigValue, _ login: String, _ graph: String, _ plan: String
  ) async throws {
    let tenant = FakeGraph { request in
      if request.url.hasSuffix("/token") { return nil }
      if request.url.contains("/users/delta") {
        return .json(#"{"value":[],"@odata.deltaLink":"\#(graph)/v1.0/users/delta?$deltatoken=1"}"#)
      }
      return request.method == "GET" || request.url.hasSuffix("getPresencesByUserId")
        ? .json(#"{"value":[]}"#) : HTTPResponse(status: 200)
    }
    let read: ConfigValue = [
      "client_id": .scalar(FakeGraph.reader), "mode": "poll", "client_secret": "env:read-secret",
    ]
    let plugin = tenant.plugin(["cloud": cloud, "read": read, "write": FakeGraph.writeSection])
    #expect(plugin.routes.isEmpty)
    _ = try await plugin.poll(["u-1"])
    let call = Presence(.busy, call: .connected)
    for (presence, previous) in [
      (call, nil), (Presence(.doNotDisturb), call), (nil, Presence(.doNotDisturb)),
    ]
      as [(Presence?, Presence?)]
    {
      let update = PresenceUpdate(
        user: "u-1", presence: presence, previous: previous, cause: presence == nil ? .clear : .change)
      guard case .delivered = try await plugin.deliver([update])[0] else {
        Issue.record("not delivered")
        return
      }
    }
    let directory = Task { try await plugin.publishDirectory(to: RecordingDirectory()) }
    #expect(await eventually { tenant.http.requests.contains { $0.url.contains("/users?") } })
    directory.cancel()
    _ = try? await directory.value
    #expect(tenant.http.requests.count > 6)
    for request in tenant.http.requests {
      if request.url.hasSuffix("/oauth2/v2.0/token") {
        #expect(request.url == "\(login)/\(FakeGraph.tenant)/oauth2/v2.0/token")
        #expect(queryValue("scope", in: request.text) == "\(graph)/.default")
      } else {
        #expect(request.url.hasPrefix("\(graph)/v1.0/"))
        #expect(!request.url.contains("/subscriptions"))
        if request.url.contains("/users?") { #expect(request.url.contains(plan)) }
      }
    }
  }
}
