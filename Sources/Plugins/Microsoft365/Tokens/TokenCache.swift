// Hands out tokens: cached, fetched once however many ask, renewed beside their use.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

actor TokenCache {
  private let endpoint: String
  private let trustFile: String?
  private let context: PluginContext
  private let metrics: PluginMetrics
  private var slots: [SignIn: TokenSlot] = [:]
  private var flights: [SignIn: Task<Result<String, PluginFailure>, Never>] = [:]

  init(options: Options, context: PluginContext, metrics: PluginMetrics) {
    endpoint = "\(options.cloud.login)/\(percentEncode(options.tenant))/oauth2/v2.0/token"
    trustFile = options.trustFile
    self.context = context
    self.metrics = metrics
  }

  func token(for signIn: SignIn) async throws(PluginFailure) -> String {
    switch slots[signIn, default: TokenSlot()].decide(now: context.clock.now) {
    case .use(let token, let renew):
      if renew { _ = flight(signIn) }
      return token
    case .hold(let failure, let digest):
      guard let secret = try? signIn.secret.reveal(), Digest.sha256(Array(secret.utf8)) != digest else {
        throw failure
      }
      return try await flight(signIn).value.get()
    case .fetch:
      return try await flight(signIn).value.get()
    }
  }

  /// Graph answered 401 to `token`: whether a try with a new one is worth it.
  func drop(_ token: String, of signIn: SignIn) -> Bool {
    slots[signIn, default: TokenSlot()].drop(token, now: context.clock.now)
  }

  private func flight(_ signIn: SignIn) -> Task<Result<String, PluginFailure>, Never> {
    if let flight = flights[signIn] { return flight }
    let flight = Task { await fetch(signIn) }
    flights[signIn] = flight
    return flight
  }

  private func fetch(_ signIn: SignIn) async -> Result<String, PluginFailure> {
    let result = await ask(signIn)
    flights[signIn] = nil
    report(result, of: signIn)
    return result
  }

  private func ask(_ signIn: SignIn) async -> Result<String, PluginFailure> {
    let secret: String
    do { secret = try signIn.secret.reveal() } catch {
      let hint = "make the secret \(signIn.secret.reference) available to the gateway"
      return .failure(PluginFailure(.operatorAction(hint: hint), "\(error)"))
    }
    let request = HTTPRequest(
      "POST", endpoint,
      headers: [
        ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
        ("User-Agent", GraphClient.userAgent), ("client-request-id", SecureRandom.guid()),
      ], body: Array(formEncode(signIn.form(secret: secret)).utf8), timeout: .seconds(10),
      maxResponseBytes: 1 << 18, trustFile: trustFile)
    let response: HTTPResponse
    do { response = try await context.http.send(request) } catch {
      let failure = error.failure(reaching: endpoint)
      return .failure(
        slots[signIn, default: TokenSlot()].lose(failure, secret: secret, now: context.clock.now))
    }
    if response.status == 200, let answer = TokenAnswer(body: response.body) {
      slots[signIn, default: TokenSlot()].accept(answer, now: context.clock.now)
      return .success(answer.accessToken)
    }
    let refusal = SignInRefusal(
      status: response.status, body: response.body,
      retryAfter: retryAfter(response.header("Retry-After"), date: context.clock.date))
    return .failure(
      slots[signIn, default: TokenSlot()].refuse(refusal, secret: secret, now: context.clock.now))
  }

  private func report(_ result: Result<String, PluginFailure>, of signIn: SignIn) {
    switch result {
    case .success:
      context.health.report(Check(signIn.checkName, .ok(detail: nil), required: signIn.required))
    case .failure(let failure):
      metrics.countTokenFailure(signIn.purpose)
      context.logger.warning(
        "Sign-in failed", metadata: ["sign_in": "\(signIn.subject)", "reason": "\(failure.description)"])
      // A token that still lives serves on: nobody needs to be woken yet.
      guard slots[signIn]?.isUsable(now: context.clock.now) != true else { return }
      context.health.report(
        Check(
          signIn.checkName, .failing(reason: failure.reason, remedy: failure.hint), required: signIn.required)
      )
    }
  }
}
