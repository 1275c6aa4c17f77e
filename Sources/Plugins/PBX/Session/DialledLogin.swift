// The login the other way round: the gateway dialled, and proves that it knows the App object's password.

/// What a dialled connection needs to know beforehand.
struct DialledSettings: Sendable {
  var app: String
  var namesAppInChallenge = true
  /// Read when it is needed; nil when it cannot be.
  var password: @Sendable () -> String?
  /// The password is one of `previous_passwords`.
  var passwordIsOld = false
  var pbx: String
  var domain: String
  var apis: Set<String>
}

/// A challenge is asked for and answered once, and the PBX says whether it is content.
struct DialledLogin: Sendable {
  enum Outcome: Sendable, Equatable {
    case answer(Outgoing)
    case accepted
    case refused(String)
  }
  private enum Step { case asked, answered, accepted, refused }

  let settings: DialledSettings
  private var step = Step.asked

  init(_ settings: DialledSettings) { self.settings = settings }

  var isAccepted: Bool { step == .accepted }
  /// Whether the PBX, and not the network, ended the attempt.
  var isRefused: Bool { step == .refused }

  var identity: PBXIdentity {
    PBXIdentity(
      domain: settings.domain, pbx: settings.pbx, apis: settings.apis, appSIP: settings.app,
      passwordIsOld: settings.passwordIsOld)
  }

  var greeting: Outgoing {
    var message = Outgoing("AppChallenge")
    if settings.namesAppInChallenge { message.appObj = settings.app }
    return message
  }

  /// Nil for any message that is not the next step.
  mutating func handle(_ message: Incoming) -> Outcome? {
    switch (message.mt, step) {
    case ("AppChallengeResult", .asked):
      guard let challenge = message.challenge, !challenge.isEmpty else {
        return refuse("it sent no challenge")
      }
      guard let password = settings.password(), !password.isEmpty else {
        return refuse("the gateway cannot read the password")
      }
      step = .answered
      return .answer(login(challenge, password))
    case ("AppLoginResult", .answered):
      guard message.ok, message.failure == nil else {
        return refuse(message.failure ?? "it does not say why")
      }
      step = .accepted
      return .accepted
    default: return nil
    }
  }

  private mutating func refuse(_ reason: String) -> Outcome {
    step = .refused
    return .refused(reason)
  }

  /// The vendor's samples for this direction send the App object's name and the digest, and nothing else.
  private func login(_ challenge: String, _ password: String) -> Outgoing {
    var message = Outgoing("AppLogin")
    message.app = settings.app
    message.digest = LoginDigest(app: settings.app, challenge: challenge).hex(password: password)
    return message
  }
}
