// One sign-in's token and its rules: use, renew early, hold after a refusal. Pure.

import PluginAPI

struct TokenSlot: Sendable {
  enum Decision: Sendable, Equatable {
    /// Good; `renew` asks for a new one beside it.
    case use(String, renew: Bool)
    case fetch
    /// Asked too recently, with a credential of this digest; a changed one is tried at once.
    case hold(PluginFailure, digest: [UInt8])
  }
  /// Of its life, after which a token is renewed beside its use.
  static let renewAfter = 0.7
  /// A token that Graph refuses is only replaced when it is older: else Microsoft sees a loop (AADSTS50196).
  static let minimumAge = Duration.seconds(60)
  /// While held, how often it is looked whether the credential has changed.
  static let lookInterval = Duration.seconds(5)

  private var token: String?
  /// Of a password account: spares the password. Of a device code it is kept in the state instead.
  var refreshToken: String?
  private var lookedAt: Moment?
  private var fetchedAt = Moment(nanoseconds: 0)
  private var renewAt = Moment(nanoseconds: 0)
  private var expires = Moment(nanoseconds: 0)
  private var held: (until: Moment, failure: PluginFailure, digest: [UInt8])?
  private var attempt = 0

  func decide(now: Moment) -> Decision {
    let holding = held.flatMap { now < $0.until ? $0 : nil }
    if let token, now < expires { return .use(token, renew: now >= renewAt && holding == nil) }
    if let holding { return .hold(holding.failure, digest: holding.digest) }
    return .fetch
  }

  mutating func accept(_ answer: TokenAnswer, now: Moment) {
    let life = max(answer.expiresIn, 60)
    token = answer.accessToken
    fetchedAt = now
    renewAt = now + .seconds(min(life * Self.renewAfter, max(answer.refreshIn ?? life, 60)))
    expires = now + .seconds(life - 30)
    held = nil
    attempt = 0
    lookedAt = nil
  }

  /// `digest` is that of the credential which was refused.
  mutating func refuse(
    _ refusal: SignInRefusal, login: String? = nil, digest: [UInt8], now: Moment
  ) -> PluginFailure {
    hold(
      refusal.failure(attempt: attempt, login: login), for: refusal.hold(attempt: attempt), digest: digest,
      now: now)
  }

  /// For what failed before Microsoft said anything.
  mutating func lose(_ failure: PluginFailure, digest: [UInt8], now: Moment) -> PluginFailure {
    hold(failure, for: .seconds(1), digest: digest, now: now)
  }

  private mutating func hold(
    _ failure: PluginFailure, for duration: Duration, digest: [UInt8], now: Moment
  ) -> PluginFailure {
    attempt += 1
    held = (now + duration, failure, digest)
    lookedAt = now
    return failure
  }

  /// Whether to look again if the refused credential has changed.
  mutating func look(now: Moment) -> Bool {
    guard lookedAt.map({ now - $0 >= Self.lookInterval }) ?? true else { return false }
    lookedAt = now
    return true
  }

  /// Graph refused `token`: whether to try once more with another one.
  mutating func drop(_ token: String, now: Moment) -> Bool {
    guard self.token == token else { return true }
    guard now - fetchedAt >= Self.minimumAge else { return false }
    self.token = nil
    return true
  }

  func isUsable(now: Moment) -> Bool { token != nil && now < expires }
  /// When the token ends, or nil when there is none.
  func expiry(now: Moment) -> Moment? { isUsable(now: now) ? expires : nil }
}
