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
  /// What follows from a refusal by Graph.
  enum AfterRefusal: Sendable, Equatable {
    /// Try once more: there is another token, or will be.
    case again
    case fail(PluginFailure)
  }
  /// While held, how often it is looked whether the credential has changed.
  static let lookInterval = Duration.seconds(5)
  /// Between two tries, however often somebody asks for one.
  static let leastPause = Duration.seconds(60)
  /// So many wishes are followed at once: fewer than the wrong passwords for which an account is locked (Microsoft
  /// Entra smart lockout: 10; domains often 5).
  static let promptWishes = 3

  private var token: String?
  /// Of a password account: spares the password. Of a device code it is kept in the state instead.
  var refreshToken: String?
  private var trial = TokenTrial()
  /// Of the credential that the token came from.
  private var digest: [UInt8] = []
  /// Until when no token is tried on Graph, because it refused a fresh one.
  private var rest: Hold?
  private var lookedAt: Moment?
  private var renewAt = Moment(nanoseconds: 0)
  /// Before which no other token can be had before its time.
  private var hastenAt = Moment(nanoseconds: 0)
  private var expires = Moment(nanoseconds: 0)
  private var held: Hold?
  private struct Hold {
    var until: Moment
    /// Before which nobody's wish counts.
    let earliest: Moment
    let failure: PluginFailure
    let digest: [UInt8]
    let cause: Cause
    var isReleased = false

    /// True the first time, while it lasts.
    mutating func release(now: Moment) -> Bool {
      guard !isReleased, now < until else { return false }
      isReleased = true
      until = min(until, earliest)
      return true
    }
  }
  /// Each counts its own tries in a row.
  private enum Cause {
    case refusal
    /// Each further guess is held for longer: what was no guess does not count.
    case lockout
    /// Microsoft never heard of it.
    case loss
  }
  private var tries: [Cause: Int] = [:]
  /// Followed since a token came.
  private var wishes = 0

  func decide(now: Moment) -> Decision {
    if let rest, now < rest.until { return .hold(rest.failure, digest: rest.digest) }
    let holding = held.flatMap { now < $0.until ? $0 : nil }
    if let token, !trial.isRefused, now < expires {
      return .use(token, renew: now >= renewAt && holding == nil)
    }
    if let holding { return .hold(holding.failure, digest: holding.digest) }
    return .fetch
  }

  /// `digest` is that of the credential which brought it.
  mutating func accept(_ answer: TokenAnswer, digest: [UInt8] = [], now: Moment) {
    let life = answer.expiresIn
    token = answer.accessToken
    self.digest = digest
    trial.begin()
    rest = nil
    renewAt = now + .seconds(min(life * Self.renewAfter, answer.refreshIn ?? life))
    expires = now + .seconds(life - 30)
    hastenAt = now + Self.leastPause
    held = nil
    tries = [:]
    wishes = 0
    lookedAt = nil
  }

  /// `digest` is that of the credential which was refused.
  mutating func refuse(
    _ refusal: SignInRefusal, login: String? = nil, digest: [UInt8], now: Moment
  ) -> PluginFailure {
    let cause = refusal.isLockout ? Cause.lockout : .refusal
    let attempt = tries[cause, default: 0]
    tries[.loss] = nil
    let earliest = now + max(wishes < Self.promptWishes ? .zero : Self.leastPause, refusal.asked)
    return hold(
      refusal.failure(attempt: attempt, login: login), for: refusal.hold(attempt: attempt), cause, digest,
      earliest: earliest, now: now)
  }

  /// For what failed before Microsoft said anything.
  mutating func lose(_ failure: PluginFailure, digest: [UInt8], now: Moment) -> PluginFailure {
    hold(
      failure, for: .seconds(min(60, 1 << min(tries[.loss, default: 0], 6))), .loss, digest, earliest: now,
      now: now)
  }

  private mutating func hold(
    _ failure: PluginFailure, for duration: Duration, _ cause: Cause, _ digest: [UInt8],
    earliest: Moment, now: Moment
  ) -> PluginFailure {
    tries[cause, default: 0] += 1
    held = Hold(until: now + duration, earliest: earliest, failure: failure, digest: digest, cause: cause)
    lookedAt = now
    return failure
  }

  /// What waits is tried when it is next asked for and Microsoft allows it (after the first wishes: a minute after the
  /// last try), and counts as no further try. A token that serves is renewed: it may lack what was granted since.
  mutating func release(now: Moment) {
    if held?.release(now: now) == true, let cause = held?.cause {
      tries[cause, default: 1] -= 1
      if cause != .loss { wishes += 1 }
    }
    if rest?.release(now: now) == true { trial.excuse() }
    _ = hasten(now: now)
  }

  /// What has been granted since is in another token only: this one is renewed before its time, unless it is fresh.
  /// True when another may be fetched now.
  mutating func hasten(now: Moment) -> Bool {
    guard token != nil, now >= hastenAt else { return false }
    hastenAt = now + Self.leastPause
    renewAt = min(renewAt, now)
    return held.map { now >= $0.until } ?? true
  }
  func holds(_ token: String) -> Bool { self.token == token }

  /// Whether to look again if the refused credential has changed.
  mutating func look(now: Moment) -> Bool {
    guard lookedAt.map({ now - $0 >= Self.lookInterval }) ?? true else { return false }
    lookedAt = now
    return true
  }

  /// Graph took `token`. True when it had refused fresh ones before.
  mutating func served(_ token: String, now: Moment) -> Bool {
    // Unless it is being replaced: whoever took it may be late.
    guard self.token == token, !trial.isRefused || rest != nil else { return false }
    rest = nil
    defer { trial.take(now: now) }
    return trial.isOpen
  }

  /// Graph refused `token`, saying `reason`; `hint` is for a person who has to look.
  mutating func refused(_ token: String, reason: String, hint: String, now: Moment) -> AfterRefusal {
    // One that is resting already has nothing new to say.
    if let rest, now < rest.until { return .fail(rest.failure) }
    guard self.token == token else { return .again }
    switch trial.refuse(now: now) {
    case .replace: return .again
    case .wait(let wait): return .fail(PluginFailure(.retry(after: wait), reason))
    case .rest(let pause):
      let failure = PluginFailure(.operatorAction(hint: hint), "a fresh token is refused: \(reason)")
      rest = Hold(
        until: now + pause, earliest: now + Self.leastPause, failure: failure, digest: digest, cause: .refusal
      )
      lookedAt = now
      return .fail(failure)
    }
  }

  /// Whether Graph has yet to take a token, having refused a fresh one.
  var isOnTrial: Bool { trial.isOpen }
  func isUsable(now: Moment) -> Bool { token != nil && !trial.isRefused && now < expires }
  /// When the last token ends or ended, or nil when there never was one.
  var lastExpiry: Moment? { token == nil ? nil : expires }
  /// When the token ends, or nil when there is none.
  func expiry(now: Moment) -> Moment? { isUsable(now: now) ? expires : nil }
}
