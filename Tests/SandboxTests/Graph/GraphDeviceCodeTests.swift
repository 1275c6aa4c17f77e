// The device code grant over a real socket: waiting, approval, the documented refusals, and what revokes its tokens.

import FoundationEssentials
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(2))) struct GraphDeviceCodeTests {
  static let grant = "urn:ietf:params:oauth:grant-type:device_code"
  static let sync1 = "sync1@contoso.example"

  static func begin(_ bench: TenantBench) async throws -> LooseJSON {
    let answer = try await bench.form(
      ["client_id": readingApp, "scope": "Presence.Read.All offline_access openid"], endpoint: "devicecode")
    #expect(answer.status == 200)
    return answer.json
  }
  static func ask(_ bench: TenantBench, _ code: LooseJSON, field: String = "device_code") async throws
    -> Answer
  {
    try await bench.form(["grant_type": grant, "client_id": readingApp, field: code["device_code"].text])
  }

  @Test func `a code that a person types becomes tokens, once`() async throws {
    try await TenantBench.run { bench in
      bench.service.inject(.requireMFA(username: Self.sync1))
      let code = try await Self.begin(bench)
      #expect(code["expires_in"] == 900 && code["interval"] == 5)
      #expect(code["message"].text.contains(code["user_code"].text))
      let pending = try await Self.ask(bench, code)
      #expect(pending.status == 400 && pending.json["error"] == "authorization_pending")
      #expect(pending.json["error_codes"][0] == 70016)
      let hasty = try await Self.ask(bench, code)
      #expect(hasty.json["error"] == "slow_down")
      #expect(bench.service.waitingDeviceCodes == [code["user_code"].text])
      #expect(bench.service.answerDeviceCode(code["user_code"].text, as: Self.sync1))
      #expect(!bench.service.answerDeviceCode(code["user_code"].text, as: Self.sync1))
      // MSAL sends the value as `code` too.
      let granted = try await Self.ask(bench, code, field: "code")
      #expect(granted.status == 200)
      #expect(granted.json["scope"] == "Presence.Read.All profile openid email")
      #expect(granted.json["id_token"].text.split(separator: ".").count == 3)
      #expect(try await Self.ask(bench, code).json["error"] == "bad_verification_code")
      // The person has proven more than a password: their refresh token does not ask again.
      let refreshed = try await bench.form([
        "grant_type": "refresh_token", "client_id": readingApp,
        "refresh_token": granted.json["refresh_token"].text, "scope": "Presence.Read.All",
      ])
      #expect(refreshed.status == 200)
      bench.clock.advance(bySeconds: 1)
      bench.service.inject(.revokeRefreshTokens(username: Self.sync1))
      let revoked = try await bench.form([
        "grant_type": "refresh_token", "client_id": readingApp,
        "refresh_token": refreshed.json["refresh_token"].text,
      ])
      #expect(revoked.json["error_codes"][0] == 50173)
    }
  }

  @Test func `a code runs out, is declined, or is nobody's`() async throws {
    try await TenantBench.run { bench in
      let declined = try await Self.begin(bench)
      #expect(bench.service.answerDeviceCode(declined["user_code"].text, as: nil))
      let answer = try await Self.ask(bench, declined)
      #expect(answer.json["error"] == "authorization_declined")
      #expect(answer.json["error_codes"].items.isEmpty)
      let late = try await Self.begin(bench)
      bench.clock.advance(bySeconds: 900)
      let expired = try await Self.ask(bench, late)
      #expect(expired.json["error"] == "expired_token" && expired.json["error_codes"][0] == 70019)
      #expect(bench.service.waitingDeviceCodes.isEmpty)
      let unknown = try await bench.form([
        "grant_type": Self.grant, "client_id": readingApp, "device_code": "x",
      ])
      #expect(unknown.json["error_codes"][0] == 70018)
      let confidential = try await bench.form(
        ["client_id": secondApp, "scope": "Presence.Read"], endpoint: "devicecode")
      #expect(confidential.json["error_codes"][0] == 7_000_218)
    }
  }

  @Test(arguments: AccountRefusal.allCases)
  func `an account can be refused in every documented way, until it is lifted`(_ refusal: AccountRefusal)
    async throws
  {
    try await TenantBench.run { bench in
      var fields = TenantBench.passwordForm
      fields["scope"] = "User.Read.All offline_access"
      let refresh = try await bench.form(fields).json["refresh_token"].text
      bench.service.inject(.refuseAccount(username: Self.sync1, refusal))
      let expected = refusal.refusal
      for form in [
        TenantBench.passwordForm,
        ["grant_type": "refresh_token", "client_id": readingApp, "refresh_token": refresh],
      ] {
        let answer = try await bench.form(form)
        #expect(answer.status == expected.status)
        #expect(answer.json["error"].text == expected.error)
        #expect(answer.json["error_codes"][0].number == Double(expected.code))
      }
      bench.service.inject(.refuseAccount(username: Self.sync1, nil))
      #expect(try await bench.form(TenantBench.passwordForm).status == 200)
    }
  }
}
