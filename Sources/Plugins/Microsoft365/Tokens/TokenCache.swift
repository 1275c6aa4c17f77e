// Hands out tokens: cached, fetched once however many ask, renewed beside their use.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

actor TokenCache {
  private let endpoint: TokenEndpoint
  private let context: PluginContext
  private let metrics: PluginMetrics
  private var slots: [SignIn: TokenSlot] = [:]
  private var states: [SignIn: Check.State] = [:]
  /// The reason of the last failure that was told, until a sign-in succeeds.
  private var told: [SignIn: String] = [:]
  /// Of removed accounts: their tokens still serve to clean up, but nobody hears of them.
  private var retired: Set<SignIn> = []
  private var flights: [SignIn: Task<Result<String, PluginFailure>, Never>] = [:]

  init(options: Options, context: PluginContext, metrics: PluginMetrics) {
    endpoint = TokenEndpoint(options: options, context: context)
    self.context = context
    self.metrics = metrics
  }

  func token(for signIn: SignIn) async throws(PluginFailure) -> String {
    let now = context.clock.now
    switch slots[signIn, default: TokenSlot()].decide(now: now) {
    case .use(let token, let renew):
      if renew { _ = flight(signIn) }
      return token
    case .hold(let failure, let digest):
      guard slots[signIn]?.look(now: now) == true,
        let found = try? await signIn.credential.read(context.state), found.digest != digest
      else { throw failure }
      return try await flight(signIn).value.get()
    case .fetch:
      return try await flight(signIn).value.get()
    }
  }

  /// Graph took `token`.
  func served(_ token: String, of signIn: SignIn) {
    if slots[signIn]?.served(token, now: context.clock.now) == true { report(.success(token), of: signIn) }
  }

  /// Graph answered 401 to `token`.
  func refused(_ token: String, of signIn: SignIn, _ refusal: GraphRefusal) -> TokenSlot.AfterRefusal {
    let verdict = slot(of: signIn) {
      $0.refused(token, reason: refusal.text, hint: refusal.tokenHint, now: $1)
    }
    switch verdict {
    case .again:
      context.logger.info("Graph refuses a token", metadata: ["sign_in": "\(signIn.subject)"])
    case .fail(let failure):
      guard case .operatorAction = failure.remedy, states[signIn]?.tells(failure) != true else { break }
      report(.failure(failure), of: signIn)
    }
    return verdict
  }

  /// Graph answered 403, and `token` lacks the permission: it may have been granted since. True when there is another.
  func replaced(_ token: String, of signIn: SignIn) async -> Bool {
    guard slots[signIn]?.holds(token) == true else { return true }
    guard flights[signIn] != nil || slots[signIn]?.hasten(now: context.clock.now) == true else {
      return false
    }
    guard case .success(let other) = await flight(signIn).value else { return false }
    return other != token
  }

  /// Takes a token that was granted to whoever added or renewed an account.
  func accept(_ answer: TokenAnswer, for signIn: SignIn) async {
    let found = try? await signIn.credential.read(context.state)
    retired.remove(signIn)
    slot(of: signIn) { $0.accept(answer, digest: found?.digest ?? [], now: $1) }
    if case .password = signIn.grant { slots[signIn]?.refreshToken = answer.refreshToken }
    report(.success(answer.accessToken), of: signIn)
  }

  /// Sign-ins that wait after a refusal need not wait any longer.
  func release() {
    let now = context.clock.now
    for signIn in slots.keys { slots[signIn]?.release(now: now) }
  }

  /// The accounts are there: again, where they were gone. What is left of an earlier life says nothing about them.
  func restore(_ signIns: [SignIn]) {
    for signIn in signIns where retired.remove(signIn) != nil { slots[signIn] = nil }
  }

  /// The account is gone.
  func retire(_ signIn: SignIn) {
    retired.insert(signIn)
    (states[signIn], told[signIn]) = (nil, nil)
    context.health.remove(signIn.checkName)
    recordExpiry(signIn.purpose)
  }

  /// How the sign-in stands, and when its token ends.
  func standing(of signIn: SignIn) -> (state: Check.State, expires: Date?) {
    let (now, date) = (context.clock.now, context.clock.date)
    let expires = slots[signIn]?.expiry(now: now).map { date.addingTimeInterval(($0 - now).inSeconds) }
    return (states[signIn] ?? .pending(progress: nil), expires)
  }

  /// Also where there is no token: what a former configuration has recorded says nothing any more.
  func recordExpiries() { SignIn.Purpose.allCases.forEach(recordExpiry) }

  /// One that ran out counts until it is replaced: that it could not be renewed is what the figure is for.
  private func recordExpiry(_ purpose: SignIn.Purpose) {
    let (now, date) = (context.clock.now, context.clock.date)
    let kept = slots.filter { $0.key.purpose == purpose && !retired.contains($0.key) }
    let first = kept.compactMap(\.value.lastExpiry).min()
    metrics.tokenExpiry(purpose).record(first.map { date.addingTimeInterval(($0 - now).inSeconds) })
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
    let found: Revealed
    do {
      guard let revealed = try await signIn.credential.read(context.state) else {
        return .failure(slot(of: signIn) { $0.lose(missing(signIn), digest: [], now: $1) })
      }
      found = revealed
    } catch { return .failure(slot(of: signIn) { $0.lose(error, digest: [], now: $1) }) }
    do throws(TokenEndpoint.Failure) {
      let (answer, digest) = try await grant(signIn, found)
      slot(of: signIn) { $0.accept(answer, digest: digest, now: $1) }
      return .success(answer.accessToken)
    } catch {
      switch error {
      case .lost(let failure), .useless(let failure):
        return .failure(slot(of: signIn) { $0.lose(failure, digest: found.digest, now: $1) })
      case .refused(let refusal):
        let login = signIn.loginCommand(plugin: context.id)
        return .failure(
          slot(of: signIn) { $0.refuse(refusal, login: login, digest: found.digest, now: $1) })
      }
    }
  }

  private func slot<Value>(
    of signIn: SignIn, _ body: (inout TokenSlot, Moment) -> Value
  ) -> Value {
    body(&slots[signIn, default: TokenSlot()], context.clock.now)
  }

  /// With the digest of the credential as it is afterwards.
  private func grant(
    _ signIn: SignIn, _ found: Revealed
  ) async throws(TokenEndpoint.Failure) -> (TokenAnswer, digest: [UInt8]) {
    switch (signIn.grant, found.content) {
    case (.application, .text(let secret)):
      return (try await endpoint.token(signIn.form(.clientSecret(secret))), found.digest)
    case (.application, .certificate(let signer)):
      return (
        try await endpoint.token(signIn.form(.assertion(try assertion(of: signIn, signer)))), found.digest
      )
    case (.password, _): return (try await passwordGrant(signIn, found.text), found.digest)
    case (.deviceCode(let username), _):
      let answer = try await endpoint.token(signIn.form(.refreshToken(found.text)))
      let kept = await keep(answer, instead: found, as: KeptSecrets.refreshToken(of: username), of: signIn)
      return (answer, kept.digest)
    }
  }

  /// By refresh token, so that the password travels rarely; by password once when that is dead.
  private func passwordGrant(
    _ signIn: SignIn, _ password: String
  ) async throws(TokenEndpoint.Failure) -> TokenAnswer {
    var answer: TokenAnswer?
    if let refreshToken = slots[signIn]?.refreshToken {
      do { answer = try await endpoint.token(signIn.form(.refreshToken(refreshToken))) } catch {
        guard case .refused(let refusal) = error, refusal.endsRefreshToken else { throw error }
        slots[signIn]?.refreshToken = nil
      }
    }
    let granted: TokenAnswer
    if let answer {
      granted = answer
    } else {
      granted = try await endpoint.token(signIn.form(.password(password)))
    }
    slots[signIn, default: TokenSlot()].refreshToken = granted.refreshToken
    return granted
  }

  /// The new refresh token takes the old one's place in one step; Microsoft does not revoke the old one, so that a
  /// crash between is survived. One that was removed or replaced meanwhile is left as it is. Returns which of the two
  /// is ours now.
  private func keep(
    _ answer: TokenAnswer, instead old: Revealed, as name: String, of signIn: SignIn
  ) async -> Revealed {
    guard let new = answer.refreshToken, new != old.text else { return old }
    do {
      guard try await context.state.secret(name) == old.text, !retired.contains(signIn) else { return old }
      try await context.state.setSecret(new, for: name)
      return Revealed(.text(new))
    } catch {
      context.logger.error(
        "A refresh token could not be kept; the old one is used on",
        metadata: ["sign_in": "\(signIn.subject)", "reason": "\(error)"])
      return old
    }
  }

  private func assertion(
    of signIn: SignIn, _ signer: SigningCertificate
  ) throws(TokenEndpoint.Failure) -> String {
    do {
      return try ClientAssertion.make(
        clientID: signIn.clientID, audience: endpoint.address, signer, now: context.clock.date,
        id: SecureRandom.guid())
    } catch { throw .lost(PluginFailure(.giveUp, "the certificate does not sign: \(error)")) }
  }

  private func missing(_ signIn: SignIn) -> PluginFailure {
    if let login = signIn.loginCommand(plugin: context.id) {
      return PluginFailure(.operatorAction(hint: "sign in: \(login)"), "nobody has signed in yet")
    }
    return PluginFailure(
      .operatorAction(hint: "remove the account and add it again"), "no password is kept for the account")
  }

  private func report(_ result: Result<String, PluginFailure>, of signIn: SignIn) {
    guard !retired.contains(signIn) else { return }
    switch result {
    case .success:
      // Of a token that Graph may refuse like those before nobody is told.
      guard slots[signIn]?.isOnTrial != true else { return }
      told[signIn] = nil
      states[signIn] = .ok(detail: nil)
      recordExpiry(signIn.purpose)
    case .failure(let failure):
      metrics.countTokenFailure(signIn.purpose)
      let reason = SupportReference.removed(from: failure.reason)
      context.logger.log(
        level: reason == told.updateValue(reason, forKey: signIn) ? .debug : .warning, "Sign-in failed",
        metadata: ["sign_in": "\(signIn.subject)", "reason": "\(failure.description)"])
      // A token that still lives serves on: nobody needs to be woken yet.
      guard slots[signIn]?.isUsable(now: context.clock.now) != true else { return }
      states[signIn] = .failing(failure)
    }
    if let state = states[signIn] {
      context.health.report(Check(signIn.checkName, state, required: signIn.required))
    }
  }
}

extension Check.State {
  fileprivate static func failing(_ failure: PluginFailure) -> Check.State {
    .failing(reason: failure.reason, remedy: failure.hint)
  }
  fileprivate func tells(_ failure: PluginFailure) -> Bool {
    guard case .failing(let reason, _) = self else { return false }
    return SupportReference.removed(from: reason) == SupportReference.removed(from: failure.reason)
  }
}

extension SignIn {
  /// What a person types to sign the account in; nil where none is needed.
  func loginCommand(plugin: String) -> String? {
    guard case .deviceCode(let username) = grant else { return nil }
    return "presence-gateway login \(plugin) \(username)"
  }
}
