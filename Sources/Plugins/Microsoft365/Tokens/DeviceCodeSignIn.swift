// Signs an account in by a code that somebody types into a web browser: asks, shows, waits.

import PluginAPI

struct DeviceCodeSignIn: Sendable {
  let endpoint: TokenEndpoint
  let context: PluginContext

  /// Returns when the person has signed in as `username`; any other account is refused.
  func run(
    _ signIn: SignIn, username: String, prompt: @Sendable (SignInPrompt) async -> Void
  ) async throws(PluginFailure) -> TokenAnswer {
    let client = [(name: "client_id", value: signIn.clientID)]
    let code: DeviceCode
    do { code = try await endpoint.deviceCode(client + [("scope", signIn.scope)]) } catch {
      throw error.failure
    }
    await prompt(code.prompt(now: context.clock.date))
    var wait = DeviceCodeWait(code, now: context.clock.now)
    var step = wait.first(now: context.clock.now)
    let form =
      client + [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code.deviceCode),
      ]
    while true {
      switch step {
      case .end(let failure): throw failure
      case .ask(let moment):
        guard (try? await context.clock.sleep(until: moment)) != nil else {
          throw PluginFailure(.retry(after: nil), "the sign-in was cancelled")
        }
        do throws(TokenEndpoint.Failure) {
          return try Self.check(try await endpoint.token(form), username)
        } catch {
          var refusal: SignInRefusal?
          if case .refused(let answer) = error { refusal = answer }
          if case .useless(let failure) = error { throw failure }
          step = wait.next(refusal, now: context.clock.now)
        }
      }
    }
  }

  /// An administrator who signs in as themselves would lend the gateway their own account.
  private static func check(
    _ answer: TokenAnswer, _ username: String
  ) throws(TokenEndpoint.Failure) -> TokenAnswer {
    let person = answer.identityToken.flatMap { UnverifiedClaims(token: $0)?.username }
    if let person, person.lowercased() != username.lowercased() {
      throw .useless(
        PluginFailure(
          .operatorAction(hint: "start again, and sign in as \(username), best in a private browser window"),
          "\(person) has signed in instead of \(username)"))
    }
    guard answer.refreshToken != nil else {
      throw .useless(
        PluginFailure(
          .operatorAction(hint: "allow the permission offline_access to the registration"),
          "Microsoft gave no refresh token"))
    }
    return answer
  }
}
