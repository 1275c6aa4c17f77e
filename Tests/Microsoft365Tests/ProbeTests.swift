// What `doctor` is told: every link with its result, the exact missing permission, and no living subscription touched.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct ProbeTests {
  static func token(_ claims: String) -> String { "e30.\(Base64.encodeURL(Array(claims.utf8))).x" }
  static let delegated = token(#"{"oid":"sync-id","scp":"Presence.Read.All User.Read.All"}"#)
  static let writing = token(#"{"roles":["Presence.ReadWrite.All"]}"#)

  /// `subscriptions`: what is listed.
  static func graph(
    delegated: String = delegated, writing: String = writing, subscriptions: String = "[]", skew: Double = 0,
    _ answer: @escaping FakeGraph.Answer = { _ in nil }
  ) -> FakeGraph {
    FakeGraph { request in
      if let special = try await answer(request) { return special }
      switch request.url {
      case let url where url.hasSuffix("/openid-configuration"): return .json("{}")
      case let url where url.hasSuffix("/oauth2/v2.0/token"):
        let token = request.text.contains("grant_type=password") ? delegated : writing
        return .json(#"{"expires_in":3600,"access_token":"\#(token)"}"#)
      case "\(FakeGraph.graph)/users?$top=1":
        return .json("{}", status: 401, headers: [("Date", "Fri, 15 Jan 2027 08:00:00 GMT")])
      case let url where url.hasPrefix("\(FakeGraph.graph)/users?"):
        return .json(#"{"@odata.count":1951,"value":[]}"#)
      case "\(FakeGraph.graph)/subscriptions" where request.method == "GET":
        return .json(
          #"{"value":\#(subscriptions)}"#, headers: [("Date", "Fri, 15 Jan 2027 08:00:00 GMT")])
      case "\(FakeGraph.graph)/subscriptions": return .json(#"{"id":"trial"}"#, status: 201)
      case "\(FakeGraph.graph)/subscriptions/trial": return HTTPResponse(status: 204)
      default: return nil
      }
    }
  }
  static func probe(_ graph: FakeGraph) async -> [String] {
    let plugin = graph.plugin(["read": FakeGraph.readSection(), "write": FakeGraph.writeSection])
    let results = Locked<[ProbeResult]>([])
    await plugin.probe { result in results.withLock { $0.append(result) } }
    return results.withLock { $0 }.map { result in
      switch result.state {
      case .ok(let detail): "✓ \(result.name)" + (detail.map { ": \($0)" } ?? "")
      case .failed(let reason, let remedy): "✗ \(result.name): \(reason) — \(remedy)"
      case .skipped(let reason): "- \(result.name): \(reason)"
      }
    }
  }

  @Test func everythingIsTriedInOrder() async {
    let graph = Self.graph()
    #expect(
      await Self.probe(graph) == [
        "✓ login host login.microsoftonline.com", "✓ graph host graph.microsoft.com",
        "✓ clock: 0 s ahead of Microsoft's", "✓ token sync1@contoso.example",
        "✓ permissions sync1@contoso.example: Presence.Read.All, User.Read.All",
        "✓ subscription sync1@contoso.example: made and deleted; Microsoft reached "
          + "https://gateway.example.com/teams/subscriptions",
        "✓ token writing application", "✓ permissions writing application: Presence.ReadWrite.All",
        "✓ users: 1,951 users",
      ])
    #expect(graph.calls.contains("DELETE /subscriptions/trial"))
    let draft = graph.http.requests.first { $0.method == "POST" && $0.url.hasSuffix("/subscriptions") }
    #expect(draft?.text.contains("id in ('sync-id')") == true, "on its own account")
    #expect(!graph.calls.contains { $0.contains("resence/") }, "nobody's presence is changed")
  }

  @Test func aLivingSubscriptionIsLeftAlone() async {
    let graph = Self.graph(
      subscriptions:
        #"[{"id":"live","resource":"/communications/presences?$filter=…","expirationDateTime":"2027-01-15T09:00:00Z"}]"#
    )
    #expect(
      await Self.probe(graph).contains(
        "✓ subscription sync1@contoso.example: left alone: the account has a subscription that ends at "
          + "2027-01-15T09:00:00Z"))
    #expect(!graph.calls.contains { $0.hasPrefix("DELETE") || $0.hasPrefix("POST /subscriptions") })
  }

  @Test func theTrialLivesAsLongAsMicrosoftMakesItByItsOwnClock() async throws {
    let graph = Self.graph()
    graph.kit.clock.advance(by: .seconds(3600))
    _ = await Self.probe(graph)
    let draft = graph.http.requests.first { $0.method == "POST" && $0.url.hasSuffix("/subscriptions") }
    // The clock is an hour ahead: 8:00 by Microsoft's.
    #expect(draft?.text.contains("2027-01-15T08:45:00") == true, "\(draft?.text ?? "")")
  }

  @Test func whatCannotBeDeletedIsSaid() async {
    let graph = Self.graph { request in
      request.method == "DELETE" ? HTTPResponse(status: 503) : nil
    }
    #expect(
      await Self.probe(graph).contains(
        "✗ subscription sync1@contoso.example: made, but not deleted: HTTP 503 on unsubscribe — nothing to do: it "
          + "ends by itself within 45 minutes; try again after that"))
  }

  @Test func theMissingPermissionIsNamedWithItsPlace() async {
    let graph = Self.graph(
      delegated: Self.token(#"{"oid":"x","scp":"User.Read.All"}"#), writing: Self.token(#"{"roles":[]}"#))
    let lines = await Self.probe(graph)
    #expect(
      lines.contains(
        "✗ permissions sync1@contoso.example: Presence.Read.All is missing — in Entra, application "
          + "\(FakeGraph.reader): API permissions → Microsoft Graph → Delegated → Presence.Read.All, then \"Grant "
          + "admin consent\""))
    #expect(
      lines.contains(
        "✗ permissions writing application: Presence.ReadWrite.All is missing — in Entra, application "
          + "\(FakeGraph.writer): API permissions → Microsoft Graph → Application → Presence.ReadWrite.All, then "
          + "\"Grant admin consent\""))
  }

  @Test func opaqueTokensAreNotGuessedAt() async {
    let lines = await Self.probe(Self.graph(delegated: "EwBwA8l6BAAU", writing: "EwBwA8l6BAAU"))
    #expect(lines.contains("- permissions sync1@contoso.example: the token does not show its permissions"))
    #expect(lines.contains("- subscription sync1@contoso.example: the token does not show the account's id"))
    #expect(lines.contains("- permissions writing application: the token does not show its permissions"))
  }

  @Test func aFailedLinkSkipsWhatDependsOnIt() async {
    let graph = Self.graph { request in
      if request.url.hasSuffix("/openid-configuration") {
        return .json(#"{"error":"invalid_tenant","error_codes":[90002]}"#, status: 400)
      }
      if request.text.contains("grant_type=password") {
        return .json(#"{"error":"invalid_grant","error_codes":[50057]}"#, status: 400)
      }
      if request.url.hasPrefix("\(FakeGraph.graph)/users?$top=1") { throw HTTPClientError.timedOut }
      return nil
    }
    let lines = await Self.probe(graph)
    #expect(
      Array(lines.prefix(5)) == [
        "✗ login host login.microsoftonline.com: AADSTS90002: tenant not found — correct `tenant`, or choose the right "
          + "`cloud`",
        "✗ graph host graph.microsoft.com: graph.microsoft.com did not answer in time — check name resolution, firewall "
          + "and proxy from the gateway to this host",
        "✗ token sync1@contoso.example: AADSTS50057: account disabled — enable the account; it needs no licence to "
          + "sign in", "- permissions sync1@contoso.example: there is no token",
        "- subscription sync1@contoso.example: there is no token",
      ])
    #expect(lines.last == "- users: there is no token")
  }

  @Test func aWrongClockIsFound() async {
    let graph = Self.graph()
    graph.kit.clock.advance(by: .seconds(600))
    #expect(
      await Self.probe(graph).contains(
        "✗ clock: the clock is 600 s ahead of Microsoft's — correct the clock (NTP)"))
  }
}
