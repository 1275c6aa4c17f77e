// Sends the requests of a sign-in to Microsoft's login host and tells refusals from lost answers.

import OpenSSLCrypto
import PluginAPI

struct TokenEndpoint: Sendable {
  enum Failure: Error, Sendable {
    case refused(SignInRefusal)
    /// No answer.
    case lost(PluginFailure)
    /// Granted, but not what was asked for.
    case useless(PluginFailure)

    var failure: PluginFailure {
      switch self {
      case .refused(let refusal): refusal.failure(attempt: 0)
      case .lost(let failure), .useless(let failure): failure
      }
    }
  }

  /// `https://…/<tenant>/oauth2/v2.0`
  private let base: String
  private let trustFile: String?
  private let context: PluginContext

  init(options: Options, context: PluginContext) {
    base = "\(options.cloud.login)/\(percentEncode(options.tenant))/oauth2/v2.0"
    trustFile = options.trustFile
    self.context = context
  }

  /// The audience of a client assertion.
  var address: String { "\(base)/token" }

  func token(_ form: [(name: String, value: String)]) async throws(Failure) -> TokenAnswer {
    let response = try await post("token", form)
    if response.status == 200, let answer = TokenAnswer(body: response.body) { return answer }
    throw .refused(refusal(response))
  }

  /// RFC 8628 §3.1.
  func deviceCode(_ form: [(name: String, value: String)]) async throws(Failure) -> DeviceCode {
    let response = try await post("devicecode", form)
    if response.status == 200, let code = DeviceCode(body: response.body) { return code }
    throw .refused(refusal(response))
  }

  private func post(
    _ path: String, _ form: [(name: String, value: String)]
  ) async throws(Failure) -> HTTPResponse {
    let url = "\(base)/\(path)"
    let request = HTTPRequest(
      "POST", url,
      headers: [
        ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
        ("User-Agent", GraphClient.userAgent), ("client-request-id", SecureRandom.guid()),
      ], body: Array(formEncode(form).utf8), timeout: .seconds(10), maxResponseBytes: 1 << 18,
      trustFile: trustFile)
    do { return try await context.http.send(request) } catch { throw .lost(error.failure(reaching: url)) }
  }

  private func refusal(_ response: HTTPResponse) -> SignInRefusal {
    let date = context.clock.date
    return SignInRefusal(
      status: response.status, body: response.body, retryAfter: retryAfter(response, now: date), date: date)
  }
}
