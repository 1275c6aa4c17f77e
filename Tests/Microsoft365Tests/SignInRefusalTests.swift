// Every code of the sign-in service: what the administrator reads, and how long it is left alone.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Microsoft365

@Suite struct SignInRefusalTests {
  static func refusal(_ body: String, status: Int = 400, retryAfter: Duration? = nil) -> SignInRefusal {
    SignInRefusal(status: status, body: Array(body.utf8), retryAfter: retryAfter)
  }
  static func code(_ code: Int) -> SignInRefusal {
    refusal(#"{"error":"invalid_grant","error_codes":[\#(code)]}"#)
  }

  /// All codes of the reference's table.
  static let known =
    [
      50034, 50020, 51004, 50126, 50053, 50055, 50144, 50056, 50057, 50064, 50072, 50074, 50076, 50078, 50079,
      530035, 53000, 53001, 53002, 53003, 53004, 53011, 530032, 50131, 50158, 50135, 50105, 65001, 90094,
      65004,
      650056, 650057, 70011, 700016, 700011, 7_000_112, 70001, 7_000_218, 700025, 7_000_215, 7_000_222,
      700027,
      700024, 700030, 90002, 50059, 50128, 900023, 50194, 9_001_023, 90038, 900382, 900432, 900144, 90014,
      901002,
      70008, 700082, 70043, 50173, 50196, 90033, 90006, 90024, 50033, 90055,
    ] + Array(80001...80014)

  @Test func everyCodeHasItsAdvice() {
    #expect(Set(SignInAdvice.table.keys) == Set(Self.known))
    for code in Self.known { #expect(Self.code(code).failure(attempt: 0).hint.count > 10, "\(code)") }
  }

  /// The README's table of codes is this, row by row.
  static let table: [String] = SignInAdvice.rows.map { codes, advice in
    // A long run of numbers reads better as one.
    let isRun = codes.count > 10 && codes.last == 80014
    let shown = isRun ? "\(codes[0]), 80001…80014" : codes.map { "\($0)" }.joined(separator: ", ")
    return "| \(shown) | \(advice.meaning) | \(advice.hint) | \(advice.kind.again) |"
  }
  @Test func theREADMEShowsTheTable() throws {
    let lines = try README.text().split(separator: "\n", omittingEmptySubsequences: false)
    let head = try #require(lines.firstIndex { $0.hasPrefix("| AADSTS code |") })
    let shown = lines[(head + 2)...].prefix { $0.hasPrefix("|") }
    #expect(shown.map(String.init) == Self.table, Comment(rawValue: Self.table.joined(separator: "\n")))
  }

  static let texts: [(Int, String)] = [
    (
      50126,
      "AADSTS50126: wrong user or password — enter the password again; for federated or pass-through accounts "
        + "check the agents"
    ),
    (
      50076,
      "AADSTS50076: multi-factor authentication is demanded — sign in with a device code (sign_in: device_code), "
        + "exclude the account from MFA by Conditional Access, or poll as the application (mode: poll)"
    ),
    (
      7_000_218,
      "AADSTS7000218: the registration is no public client — set \"Allow public client flows\" to Yes under "
        + "Authentication"
    ),
    (7_000_215, "AADSTS7000215: wrong client secret — enter the secret's value, not the secret's ID"),
    (65001, "AADSTS65001: no consent for a permission — grant admin consent under \"API permissions\""),
  ]
  @Test(arguments: texts) func whatTheAdministratorReads(_ code: Int, _ text: String) {
    #expect(Self.code(code).failure(attempt: 0).description == text)
  }

  @Test func howLongASignInIsLeftAlone() {
    for code in [50126, 50053] {
      #expect(
        [0, 1, 2, 3, 4, 5, 60].map { Self.code(code).hold(attempt: $0) }
          == [1, 2, 4, 8, 16, 24, 24].map { .seconds($0 * 3600) }, "\(code)")
    }
    for code in [50055, 50057, 50076, 53003, 50034] {
      #expect(Self.code(code).hold(attempt: 9) == .seconds(600), "\(code)")
    }
    #expect(Self.code(7_000_215).hold(attempt: 0) == .seconds(120))
    #expect(Self.code(50196).hold(attempt: 0) == .seconds(300))
    #expect(Self.code(80001).hold(attempt: 0) == .seconds(300))
    // Never less than Microsoft asks for, whatever the reason.
    for code in [50126, 50057, 7_000_215, 50196, 80001, 90033] {
      let body = #"{"error":"x","error_codes":[\#(code)]}"#
      #expect(
        Self.refusal(body, retryAfter: .seconds(3599)).hold(attempt: 0) >= .seconds(3599), "\(code)")
    }
  }

  @Test func anOutageIsTriedOnceAtOnceAndThenEveryMinute() {
    let outage = Self.refusal(#"{"error":"temporarily_unavailable","error_codes":[90033]}"#, status: 503)
    #expect([0, 1, 2, 9].map { outage.hold(attempt: $0) } == [1, 60, 60, 60].map { .seconds($0) })
    #expect(outage.failure(attempt: 1).remedy == .retry(after: .seconds(60)))
    let throttled = Self.refusal("", status: 429)
    #expect(throttled.failure(attempt: 0).remedy == .retry(after: .seconds(60)))
    #expect(Self.refusal("", status: 503, retryAfter: .seconds(7)).hold(attempt: 0) == .seconds(7))
    #expect(Self.refusal("", status: 503, retryAfter: .seconds(9999)).hold(attempt: 0) == .seconds(3600))
  }

  @Test func aWrongClockIsToldInSeconds() throws {
    let body =
      #"{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid "#
      + #"time range. Current time: 2026-11-23T08:00:00.0000000Z, assertion valid from …","error_codes":[700024]}"#
    func reason(_ hour: Int, _ minute: Int) throws -> String {
      let date = try #require(utcDate(2026, 11, 23, hour, minute, 0))
      return SignInRefusal(status: 401, body: Array(body.utf8), retryAfter: nil, date: date)
        .failure(attempt: 0).reason
    }
    let text = "AADSTS700024: assertion outside its time window, the gateway's clock is"
    #expect(try reason(7, 50) == "\(text) 600 s behind")
    #expect(try reason(9, 0) == "\(text) 3600 s ahead")
  }

  @Test func whoMustSignInAgainIsToldHow() {
    let login = "presence-gateway login teams sync1@contoso.example"
    for code in [70008, 700082, 70043, 50173, 50072, 50074, 50076, 50078, 50079] {
      #expect(Self.code(code).failure(attempt: 0, login: login).hint == "sign in again: \(login)", "\(code)")
      #expect(Self.code(code).endsRefreshToken)
    }
    #expect(Self.code(50057).failure(attempt: 0, login: login).hint == SignInAdvice.table[50057]?.hint)
    for code in [50053, 90033, 50196, 700016] { #expect(!Self.code(code).endsRefreshToken, "\(code)") }
  }

  @Test func withoutACodeTheWordDecidesAndThenTheStatus() {
    #expect(Self.refusal(#"{"error":"invalid_client"}"#).advice.kind == .setup)
    #expect(Self.refusal(#"{"error":"invalid_grant","error_codes":[4711]}"#).advice.kind == .account)
    #expect(Self.refusal("<html>", status: 502).advice.kind == .passing)
    #expect(Self.refusal("", status: 404).failure(attempt: 0).reason == "HTTP 404: the sign-in was refused")
    let text = #"{"error":"invalid_grant","error_description":"AADSTS50126: Error validating …"}"#
    #expect(Self.refusal(text).codes == [50126])
  }

  @Test(.enabled(if: Vectors.arePresent, Comment(rawValue: Vectors.absence)))
  func realAnswersAreUnderstood() throws {
    for item in try Vectors.errors() {
      guard let number = Int(item.file.prefix { $0 != "." }) else { continue }
      let refusal = SignInRefusal(
        status: item.httpStatus, body: try Vectors.bytes("errors/\(item.file)"), retryAfter: nil)
      #expect(refusal.codes == [number])
      #expect(refusal.advice == SignInAdvice.table[number])
      #expect(refusal.traceID.map(isGUID) == true)
      #expect(refusal.failure(attempt: 0).reason.hasPrefix("AADSTS\(number): "))
    }
    let mfa = SignInRefusal(status: 400, body: try Vectors.bytes("errors/50076.json"), retryAfter: nil)
    #expect(mfa.suberror == "basic_action")
    #expect(
      mfa.failure(attempt: 0).reason
        == "AADSTS50076: multi-factor authentication is demanded (trace fa3dac0c-f63e-4923-a0a4-c4b0d20b3500, "
        + "2024-03-26 21:48:02Z)")
  }
}
