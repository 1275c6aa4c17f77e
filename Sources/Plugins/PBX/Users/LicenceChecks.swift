// Asks the PBX which users have a licence (PbxAdminApi, CheckAppLic), a few at a time, and again from time to time.

import PluginAPI

enum LicenceAnswer: Sendable, Hashable, Codable {
  case licensed
  case missing
  /// The PBX refused or did not answer; says nothing about the user.
  case failed(String)
}

struct LicenceChecks: Sendable {
  enum Effect: Sendable, Hashable {
    case send(Outgoing)
    case answered(UserID, LicenceAnswer)
  }

  /// Questions under way at once: the PBX's own speed is the pace.
  static let window = 16
  /// When a question that failed is asked again.
  static let retry = Duration.seconds(60)

  let licence: String
  let answerTimeout: Duration
  /// How often everybody is asked about again.
  let interval: Duration
  private var line: [UserID] = []
  private var inLine: Set<UserID> = []
  private var asked: [UserID: Moment] = [:]
  private var known: Set<UserID> = []
  private var again: Moment?
  private var failed: Set<UserID> = []
  private var retryAt: Moment?

  init(licence: String, answerTimeout: Duration, interval: Duration) {
    self.licence = licence
    self.answerTimeout = answerTimeout
    self.interval = interval
  }

  var isBusy: Bool { !asked.isEmpty || !line.isEmpty }

  /// Exactly these users are of interest; all are asked about.
  mutating func ask(all users: [UserID], now: Moment) -> [Effect] {
    known = Set(users)
    again = now + interval
    return enqueue(users, now)
  }

  mutating func ask(_ user: UserID, now: Moment) -> [Effect] {
    known.insert(user)
    return enqueue([user], now)
  }

  mutating func forget(_ user: UserID) { known.remove(user) }

  /// Nil when the message is something else.
  mutating func handle(_ message: Incoming, now: Moment) -> [Effect]? {
    guard message.mt == "CheckAppLicResult" else { return nil }
    guard let src = message.src, src.hasPrefix("l:") else { return [] }
    let user = UserID(String(src.dropFirst(2)))
    guard asked.removeValue(forKey: user) != nil else { return [] }
    let answer = message.failure.map { LicenceAnswer.failed($0) } ?? (message.ok ? .licensed : .missing)
    return report(user, answer, now) + fill(now)
  }

  mutating func tick(_ now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for (user, until) in asked where until <= now {
      asked[user] = nil
      effects += report(user, .failed("no answer within \(answerTimeout.configText)"), now)
    }
    if let again, again <= now { return effects + ask(all: Array(known), now: now) }
    guard let retryAt, retryAt <= now else { return effects + fill(now) }
    defer { failed = [] }
    self.retryAt = nil
    return effects + enqueue(Array(failed), now)
  }

  private mutating func report(_ user: UserID, _ answer: LicenceAnswer, _ now: Moment) -> [Effect] {
    guard known.contains(user) else { return [] }
    if case .failed = answer {
      failed.insert(user)
      retryAt = retryAt ?? now + Self.retry
    }
    return [.answered(user, answer)]
  }

  private mutating func enqueue(_ users: [UserID], _ now: Moment) -> [Effect] {
    for user in users where inLine.insert(user).inserted { line.append(user) }
    return fill(now)
  }

  private mutating func fill(_ now: Moment) -> [Effect] {
    var effects: [Effect] = []
    while asked.count < Self.window, let user = line.popLast() {
      inLine.remove(user)
      guard known.contains(user), asked[user] == nil else { continue }
      asked[user] = now + answerTimeout
      effects.append(.send(.checkLicence(licence, guid: user.rawValue, src: "l:\(user.rawValue)")))
    }
    return effects
  }
}
