// One sign-in's token and its rules: use, renew early, hold after a refusal. Pure.

import OpenSSLCrypto
import PluginAPI

struct TokenSlot: Sendable {
  enum Decision: Sendable, Equatable {
    /// Good; `renew` asks for a new one beside it.
    case use(String, renew: Bool)
    case fetch
    /// Asked too recently, with a secret of this digest; a changed secret is tried at once.
    case hold(PluginFailure, secretDigest: [UInt8])
  }
  /// Of its life, after which a token is renewed beside its use.
  static let renewAfter = 0.7
  /// A token that Graph refuses is only replaced when it is older: else Microsoft sees a loop (AADSTS50196).
  static let minimumAge = Duration.seconds(60)

  private var token: String?
  private var fetchedAt = Moment(nanoseconds: 0)
  private var renewAt = Moment(nanoseconds: 0)
  private var expires = Moment(nanoseconds: 0)
  private var held: (until: Moment, failure: PluginFailure, secretDigest: [UInt8])?
  private var attempt = 0

  func decide(now: Moment) -> Decision {
    let holding = held.flatMap { now < $0.until ? $0 : nil }
    if let token, now < expires { return .use(token, renew: now >= renewAt && holding == nil) }
    if let holding { return .hold(holding.failure, secretDigest: holding.secretDigest) }
    return .fetch
  }

  mutating func accept(_ answer: TokenAnswer, now: Moment) {
    let life = max(answer.expiresIn, 60)
    token = answer.accessToken
    fetchedAt = now
    renewAt = now + .seconds(life * Self.renewAfter)
    expires = now + .seconds(life - 30)
    held = nil
    attempt = 0
  }

  mutating func refuse(_ refusal: SignInRefusal, secret: String, now: Moment) -> PluginFailure {
    hold(refusal.failure(attempt: attempt), for: refusal.hold(attempt: attempt), secret: secret, now: now)
  }

  mutating func lose(_ failure: PluginFailure, secret: String, now: Moment) -> PluginFailure {
    hold(failure, for: .seconds(1), secret: secret, now: now)
  }

  private mutating func hold(
    _ failure: PluginFailure, for duration: Duration, secret: String, now: Moment
  ) -> PluginFailure {
    attempt += 1
    held = (now + duration, failure, Digest.sha256(Array(secret.utf8)))
    return failure
  }

  /// Graph refused `token`: whether to try once more with another one.
  mutating func drop(_ token: String, now: Moment) -> Bool {
    guard self.token == token else { return true }
    guard now - fetchedAt >= Self.minimumAge else { return false }
    self.token = nil
    return true
  }

  func isUsable(now: Moment) -> Bool { token != nil && now < expires }
}
