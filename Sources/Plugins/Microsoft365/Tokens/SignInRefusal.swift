// What the token endpoint answers when it refuses, and what follows from it: the AADSTS code decides.

import FoundationEssentials
import PluginAPI

/// Source: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
struct SignInRefusal: Sendable, Hashable {
  let status: Int
  /// OAuth's word, such as `invalid_grant`.
  let error: String
  let suberror: String?
  let codes: [Int]
  let traceID: String?
  let timestamp: String?
  let retryAfter: Duration?

  private struct Body: Decodable {
    var error: String?
    var suberror: String?
    var codes: [Int]?
    var description: String?
    var traceID: String?
    var timestamp: String?
    enum CodingKeys: String, CodingKey {
      case error, suberror, timestamp
      case codes = "error_codes"
      case description = "error_description"
      case traceID = "trace_id"
    }
  }

  init(status: Int, body bytes: [UInt8], retryAfter: Duration?) {
    let body = try? JSONDecoder().decode(Body.self, from: Data(bytes))
    self.status = status
    self.retryAfter = retryAfter
    error = body?.error.map { String($0.prefix(64)) } ?? ""
    suberror = body?.suberror.map { String($0.prefix(64)) }
    traceID = body?.traceID.map { String($0.prefix(64)) }
    timestamp = body?.timestamp.map { String($0.prefix(64)) }
    codes = body?.codes ?? Self.code(in: body?.description ?? "").map { [$0] } ?? []
  }

  /// `AADSTS50126: …` → 50126, for answers without `error_codes`.
  private static func code(in description: String) -> Int? {
    guard let mark = description.firstRange(of: "AADSTS") else { return nil }
    return Int(description[mark.upperBound...].prefix { $0.isASCII && $0.isNumber })
  }

  /// The advice of the first code that has one, else of OAuth's word, else of the HTTP status.
  var advice: SignInAdvice {
    for code in codes { if let advice = SignInAdvice.table[code] { return advice } }
    switch error {
    case "temporarily_unavailable", "server_error": return .outage
    case "invalid_grant", "interaction_required":
      return SignInAdvice(
        .credentials, "the sign-in was refused", "look at the account's sign-in log in Entra")
    case "invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "consent_required":
      return SignInAdvice(
        .setup, "the application was refused", "compare the app registration with the README")
    default:
      return status == 429 || status >= 500
        ? .outage
        : SignInAdvice(.setup, "the sign-in was refused", "compare tenant and cloud with the README")
    }
  }

  /// How long not to ask again, after `attempt` refusals in a row (from 0).
  func hold(attempt: Int) -> Duration {
    switch advice.kind {
    case .credentials: return .seconds(3600)
    case .setup: return .seconds(120)
    case .loop: return max(.seconds(300), retryAfter ?? .zero)
    case .passing:
      if let retryAfter { return min(max(retryAfter, .seconds(1)), .seconds(3600)) }
      return status == 429 ? .seconds(60) : .seconds(min(60, 5 << min(attempt, 4)))
    }
  }

  func failure(attempt: Int) -> PluginFailure {
    let code = codes.first.map { "AADSTS\($0): " } ?? (error.isEmpty ? "HTTP \(status): " : "\(error): ")
    var reason = code + advice.meaning
    if let traceID { reason += " (trace \(traceID)\(timestamp.map { ", \($0)" } ?? ""))" }
    switch advice.kind {
    case .passing: return PluginFailure(.retry(after: hold(attempt: attempt)), reason)
    case .credentials, .setup, .loop: return PluginFailure(.operatorAction(hint: advice.hint), reason)
    }
  }
}
