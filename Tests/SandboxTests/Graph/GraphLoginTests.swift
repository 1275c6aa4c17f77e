// The token endpoint over a real socket: what it grants, and the exact refusals.

import FoundationEssentials
import OpenSSLCrypto
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct GraphLoginTests {
  @Test func `a password gets a delegated token without a refresh token, and with one when asked`()
    async throws
  {
    try await TenantBench.run { bench in
      let plain = try await bench.form(TenantBench.passwordForm)
      #expect(plain.status == 200)
      #expect(plain.json["token_type"] == "Bearer")
      #expect(plain.json["expires_in"] == 3599)
      #expect(plain.json["scope"] == "Presence.Read.All User.Read.All profile openid email")
      #expect(plain.json["refresh_token"] == nil)

      var fields = TenantBench.passwordForm
      fields["scope"] = "\(bench.service.baseURL)/.default offline_access"
      let first = try await bench.form(fields, tenant: "organizations")
      let second = try await bench.form([
        "grant_type": "refresh_token", "client_id": readingApp,
        "refresh_token": first.json["refresh_token"].text, "scope": "User.Read.All",
      ])
      #expect(second.status == 200)
      #expect(second.json["scope"] == "User.Read.All profile openid email")
      #expect(second.json["refresh_token"].text != first.json["refresh_token"].text)
      bench.clock.advance(bySeconds: 91 * 86400)
      let late = try await bench.form([
        "grant_type": "refresh_token", "client_id": readingApp,
        "refresh_token": second.json["refresh_token"].text,
      ])
      #expect(late.json["error_codes"][0] == 70008)
    }
  }

  @Test func `a secret gets an application token, in the form or as HTTP Basic`() async throws {
    try await TenantBench.run { bench in
      let answer = try await bench.form(TenantBench.secretForm)
      #expect(answer.json.keys == ["token_type", "expires_in", "ext_expires_in", "access_token"])
      let basic = "Basic " + Base64.encode(Array("\(writingApp):s3cret".utf8))
      let other = try await bench.form(
        ["grant_type": "client_credentials", "scope": "\(bench.service.baseURL)/.default"],
        tenant: "contoso.example",
        headers: ["Authorization": basic])
      #expect(other.status == 200)
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var base = TenantBench.passwordForm
    var change: [String: String?]
    var tenant: String?
    let status: Int
    let error: String
    let code: Int
    var suberror: String?
    var testDescription: String { "\(code)" }
  }

  static let refused = [
    Case(change: ["username": "nobody@contoso.example"], status: 400, error: "invalid_grant", code: 50034),
    Case(change: ["password": "wrong"], status: 400, error: "invalid_grant", code: 50126),
    Case(
      change: ["username": "sync2@contoso.example", "password": "pw2"], status: 400, error: "invalid_grant",
      code: 50076, suberror: "basic_action"),
    Case(change: ["client_secret": "x"], status: 401, error: "invalid_client", code: 700025),
    Case(change: ["client_id": secondApp], status: 401, error: "invalid_client", code: 7_000_218),
    Case(
      change: ["client_id": "cccccccc-1111-4222-8333-444444444444"], status: 400,
      error: "unauthorized_client", code: 700016),
    Case(change: [:], tenant: "contoso.invalid", status: 400, error: "invalid_request", code: 90002),
    Case(change: [:], tenant: "common", status: 400, error: "invalid_request", code: 9_001_023),
    Case(change: ["scope": nil], status: 400, error: "invalid_request", code: 900144),
    Case(
      change: ["scope": "Mail.Read"], status: 400, error: "invalid_grant", code: 65001,
      suberror: "consent_required"),
    Case(
      change: ["scope": "https://other.example/Presence.Read.All"], status: 400, error: "invalid_scope",
      code: 70011),
    Case(change: ["grant_type": "magic"], status: 400, error: "unsupported_grant_type", code: 70003),
    Case(change: ["resource": "x"], status: 400, error: "invalid_request", code: 901002),
    Case(
      base: TenantBench.secretForm, change: ["client_secret": "wrong"], status: 401, error: "invalid_client",
      code: 7_000_215),
    Case(
      base: TenantBench.secretForm, change: ["client_secret": nil], status: 401, error: "invalid_client",
      code: 7_000_218),
    Case(
      base: TenantBench.secretForm, change: ["scope": "https://graph.microsoft.com/User.Read.All"],
      status: 400, error: "invalid_scope", code: 1_002_012),
    Case(
      base: TenantBench.secretForm, change: [:], tenant: "common", status: 400, error: "invalid_request",
      code: 50194),
    Case(
      base: TenantBench.secretForm, change: ["client_id": secondApp, "client_secret": "other"], status: 401,
      error: "invalid_client", code: 7_000_222),
  ]

  @Test(arguments: refused) func `everything else is refused with its code`(_ refused: Case) async throws {
    try await TenantBench.run { bench in
      bench.service.inject(.requireMFA(username: "sync2@contoso.example"))
      bench.service.inject(.expireSecret(app: secondApp))
      let fields = refused.base.merging(refused.change.mapValues { $0 ?? "" }) { _, new in new }
      let answer = try await bench.form(fields.filter { !$0.value.isEmpty }, tenant: refused.tenant)
      #expect(answer.status == refused.status)
      #expect(answer.json["error"].text == refused.error)
      #expect(answer.json["error_codes"][0].number == Double(refused.code))
      #expect(answer.json["suberror"] == refused.suberror.map { .string($0) } ?? .null)
      let text = answer.json["error_description"].text
      #expect(text.hasPrefix("AADSTS\(refused.code): "))
      #expect(text.contains("\r\nTrace ID: \(answer.json["trace_id"].text)\r\nCorrelation ID: "))
      #expect(text.hasSuffix("\r\nTimestamp: \(answer.json["timestamp"].text)"))
      #expect(!text.contains("s3cret") && !text.contains("pass word"))
    }
  }

  @Test func `ten wrong passwords lock the account for a minute, and a new one revokes refresh tokens`()
    async throws
  {
    try await TenantBench.run { bench in
      var wrong = TenantBench.passwordForm
      wrong["password"] = "wrong"
      for _ in 0..<10 { #expect(try await bench.form(wrong).json["error_codes"][0] == 50126) }
      #expect(try await bench.form(TenantBench.passwordForm).json["error_codes"][0] == 50053)
      bench.clock.advance(bySeconds: 61)
      var fields = TenantBench.passwordForm
      fields["scope"] = "User.Read.All offline_access"
      let refresh = try await bench.form(fields).json["refresh_token"].text
      bench.clock.advance(bySeconds: 1)
      bench.service.changePassword(of: "sync1@contoso.example", to: "new")
      let answer = try await bench.form([
        "grant_type": "refresh_token", "client_id": readingApp, "refresh_token": refresh,
      ])
      #expect(answer.json["error_codes"][0] == 50173)
      #expect(answer.json["suberror"] == "bad_token")
    }
  }

  @Test(arguments: [
    (
      "/common/.well-known/openid-configuration", "https://sts.windows.net/{tenantid}/",
      "/common/discovery/keys"
    ),
    ("/common/v2.0/.well-known/openid-configuration", "BASE/{tenantid}/v2.0", "/common/discovery/v2.0/keys"),
    ("/TENANT/v2.0/.well-known/openid-configuration", "BASE/TENANT/v2.0", "/common/discovery/v2.0/keys"),
  ])
  func `discovery names the issuer and the keys`(_ path: String, _ issuer: String, _ keys: String)
    async throws
  {
    try await TenantBench.run { bench in
      func filled(_ text: String) -> String {
        text.split(separator: "TENANT", omittingEmptySubsequences: false).joined(separator: bench.tenant)
          .split(separator: "BASE", omittingEmptySubsequences: false).joined(separator: bench.service.baseURL)
      }
      let answer = try await bench.send(.GET, filled(path))
      #expect(answer.json["issuer"].text == filled(issuer))
      #expect(answer.json["jwks_uri"].text == bench.service.baseURL + keys)
      #expect(answer.json["token_endpoint"].text.hasSuffix("/oauth2/v2.0/token"))
      let published = try await bench.send(.GET, answer.json["jwks_uri"].text)
      #expect(published.json["keys"].items.count == 1)
      bench.service.inject(.rotateSigningKey)
      #expect(try await bench.send(.GET, keys).json["keys"].items.count == 2)
    }
  }
}
