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
  /// Seconds that the gateway's clock is ahead of Microsoft's, where a refusal because of time tells.
  let clockAhead: Int?

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

  /// `date` is the gateway's wall clock when the answer came.
  init(status: Int, body bytes: [UInt8], retryAfter: Duration?, date: Date? = nil) {
    let body = try? JSONDecoder().decode(Body.self, from: Data(bytes))
    self.status = status
    self.retryAfter = retryAfter
    error = body?.error.map { String($0.prefix(64)) } ?? ""
    suberror = body?.suberror.map { String($0.prefix(64)) }
    traceID = body?.traceID.map { String($0.prefix(64)) }
    timestamp = body?.timestamp.map { String($0.prefix(64)) }
    codes = body?.codes ?? Self.code(in: body?.description ?? "").map { [$0] } ?? []
    let serverTime = Self.serverTime(body?.description ?? "", body?.timestamp)
    if let date, let serverTime, codes.contains(Self.outsideItsTime) {
      clockAhead = Int(date.timeIntervalSince(serverTime).rounded())
    } else {
      clockAhead = nil
    }
  }
  /// AADSTS700024, whose text tells Microsoft's time.
  private static let outsideItsTime = 700024

  /// `… Current time: 2026-11-23T08:00:00.0000000Z, …`, else the answer's time stamp.
  private static func serverTime(_ description: String, _ timestamp: String?) -> Date? {
    if let mark = description.firstRange(of: "Current time: "),
      let date = graphDate(String(description[mark.upperBound...].prefix { $0 != "," && $0 != " " }))
    {
      return date
    }
    return timestamp.flatMap { graphDate($0.replacing(" ", with: "T")) }
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
        .account, "the sign-in was refused", "look at the account's sign-in log in Entra")
    case "invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "consent_required":
      return SignInAdvice(
        .setup, "the application was refused", "compare the app registration with the README")
    default:
      return status == 429 || status >= 500
        ? .outage
        : SignInAdvice(.setup, "the sign-in was refused", "compare tenant and cloud with the README")
    }
  }

  /// Whether a refresh token is of no use any more, so that only a new sign-in helps.
  var endsRefreshToken: Bool { advice.kind == .ended || advice.kind == .account }

  /// Whether it is held longer each time, so that only its like count.
  var isLockout: Bool { advice.kind == .lockout || advice.kind == .ended }

  /// For how long Microsoft asks not to be asked again, within an hour.
  var asked: Duration { min(retryAfter ?? .zero, .seconds(3600)) }

  /// How long not to ask again, after `attempt` such refusals in a row (from 0); never less than Microsoft asks for.
  func hold(attempt: Int) -> Duration {
    switch advice.kind {
    case .lockout, .ended: return max(asked, .seconds(min(3600 << min(attempt, 5), 86_400)))
    case .account: return max(asked, .seconds(600))
    case .setup: return max(asked, .seconds(120))
    case .loop, .slow: return max(asked, .seconds(300))
    case .passing:
      if retryAfter != nil { return max(asked, .seconds(1)) }
      // One quick try after a server error, as Microsoft's own libraries do.
      return status >= 500 && attempt == 0 ? .seconds(1) : .seconds(60)
    }
  }

  /// `login` is the command by which a person signs in again, where one has to.
  func failure(attempt: Int, login: String? = nil) -> PluginFailure {
    let code = codes.first.map { "AADSTS\($0): " } ?? (error.isEmpty ? "HTTP \(status): " : "\(error): ")
    let advice = advice
    var reason = code + advice.meaning
    if let clockAhead {
      reason += ", the gateway's clock is \(abs(clockAhead)) s \(clockAhead < 0 ? "behind" : "ahead")"
    }
    reason += "\(SupportReference(traceID: traceID, timestamp: timestamp))"
    switch advice.kind {
    case .passing, .slow: return PluginFailure(.retry(after: hold(attempt: attempt)), reason)
    case .ended, .account, .lockout, .setup, .loop:
      if let login, advice.kind == .ended || advice == .mfa {
        return PluginFailure(.operatorAction(hint: "sign in again: \(login)"), reason)
      }
      return PluginFailure(.operatorAction(hint: advice.hint), reason)
    }
  }
}
