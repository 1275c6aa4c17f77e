// Which users this PBX connection watches, and how far each subscription has come.

import PluginAPI

/// SubscribePresence for every watched user, and its end for those who leave, at a bounded rate: a roster of thousands may
/// come and go at once. What stays unanswered is repeated once.
struct Subscriptions: Sendable {
  enum State: Sendable, Hashable {
    /// In line for its turn; `attempt` counts from 1.
    case waiting(attempt: Int)
    case asked(attempt: Int)
    case up
    /// No PresenceState came, twice: the App object is not visible to this user. It may still come.
    case unseen
    /// The PBX answered with an error, or took the subscription back; asked again later.
    case refused(String)
    case down
  }

  private struct Watched: Sendable {
    let sip: String
    var state: State = .waiting(attempt: 1)
    /// Whether the PBX may keep a subscription; a repeat without ending it first could be one more.
    var isOpen = false
    var reading: PresenceReading?
    var reported: Presence?
    /// Failures in a row, for the back-off.
    var failures = 0
    var retryAt: Moment?
    var trouble: SubscriptionTrouble?
  }

  /// A PBX is expected to keep such a subscription and to answer once visibility is given; this asks anyway.
  private static let unseenRetry = Duration.seconds(300)

  let perSecond: Int
  let answerTimeout: Duration
  private var watched: [UserID: Watched] = [:]
  private var bySIP: [String: UserID] = [:]
  private var troubles: [UserID: SubscriptionTrouble?] = [:]
  /// Subscriptions to end, by their SIP names.
  private var leaving: [UserID: String] = [:]
  private var line: [UserID] = []
  private var inLine: Set<UserID> = []
  private var lineHead = 0
  private var deadlines: [(at: Moment, user: UserID, attempt: Int)] = []
  private var deadlineHead = 0
  private var nextRetry: Moment?
  private var tokens: Double
  /// Grows with every change of a state, so that unchanged counts need not be taken again.
  private(set) var version = 0
  private var refilledAt: Moment?

  init(perSecond: Int, answerTimeout: Duration) {
    self.perSecond = perSecond
    self.answerTimeout = answerTimeout
    tokens = Self.burst(perSecond)
  }

  static func source(_ user: UserID) -> String { "p:\(user.rawValue)" }
  static func user(ofSource src: String) -> UserID? {
    src.hasPrefix("p:") ? UserID(String(src.dropFirst(2))) : nil
  }

  var isWaiting: Bool { lineHead < line.count }
  var count: Int { watched.count }
  func watches(_ user: UserID, sip: String) -> Bool { watched[user]?.sip == sip }
  func state(of user: UserID) -> State? { watched[user]?.state }
  var users: [UserID] { Array(watched.keys) }

  /// Begins to watch; the request goes out with the next `due`.
  mutating func add(_ user: UserID, sip: String) {
    guard watched[user] == nil else { return }
    watched[user] = Watched(sip: sip)
    bySIP[sip.lowercased()] = user
    version += 1
    enqueue(user)
  }

  /// No longer watches; the request that ends the subscription goes out when its turn has come.
  mutating func remove(_ user: UserID) {
    guard let gone = watched.removeValue(forKey: user) else { return }
    version += 1
    if bySIP[gone.sip.lowercased()] == user { bySIP[gone.sip.lowercased()] = nil }
    if gone.trouble != nil { troubles[user] = .some(nil) }
    guard gone.isOpen else { return }
    leaving[user] = gone.sip
    enqueue(user)
  }

  /// The requests whose turn it is: new ones within the rate, repeats, and retries after a back-off.
  mutating func due(_ now: Moment) -> [Outgoing] {
    expire(now)
    requeueRetries(now)
    refill(now)
    var requests: [Outgoing] = []
    while isWaiting, tokens >= 1 {
      let user = line[lineHead]
      lineHead += 1
      inLine.remove(user)
      if let sip = leaving.removeValue(forKey: user) {
        tokens -= 1
        requests.append(.unsubscribePresence(sip: sip, src: Self.source(user)))
      }
      guard let entry = watched[user] else { continue }
      switch entry.state {
      case .waiting(let attempt):
        move(user, to: .asked(attempt: attempt))
        deadlines.append((now + answerTimeout, user, attempt))
      case .unseen: scheduleRetry(user, at: now + Self.unseenRetry)
      case .asked, .up, .refused, .down: continue
      }
      if entry.isOpen {
        tokens -= 1
        requests.append(.unsubscribePresence(sip: entry.sip, src: Self.source(user)))
      }
      watched[user]?.isOpen = true
      tokens -= 1
      requests.append(.subscribePresence(sip: entry.sip, src: Self.source(user)))
    }
    compactLists()
    return requests
  }

  /// The PBX's answer to SubscribePresence, when it is an error.
  mutating func refused(_ user: UserID, _ reason: String, now: Moment) {
    guard watched[user] != nil else { return }
    watched[user]?.isOpen = false
    move(user, to: .refused(reason))
    backOff(user, now)
  }

  /// PresenceState: up, or taken back (the last value is kept, and asked for again).
  mutating func stateChanged(_ user: UserID, up: Bool, now: Moment) {
    guard watched[user] != nil else { return }
    if up {
      move(user, to: .up)
      watched[user]?.failures = 0
      watched[user]?.retryAt = nil
    } else {
      move(user, to: .down)
      backOff(user, now)
    }
  }

  /// PresenceUpdate: returns whether the user is watched here.
  mutating func read(_ user: UserID, _ reading: PresenceReading, now: Moment) -> Bool {
    guard watched[user] != nil else { return false }
    watched[user]?.reading = reading
    if watched[user]?.state != .up { stateChanged(user, up: true, now: now) }
    return true
  }

  func reading(of user: UserID) -> PresenceReading? { watched[user]?.reading }

  /// What is to be reported, or nil when it was reported already.
  mutating func report(_ user: UserID, callIsOurs: Bool, line: CallState) -> Presence? {
    guard let entry = watched[user] else { return nil }
    // A telephone that RCC sees and presence does not still tells of its calls.
    guard entry.reading != nil || entry.reported != nil || line != .none else { return nil }
    let reading = entry.reading ?? PresenceReading([], leavingOut: nil)
    let presence = reading.presence(callIsOurs: callIsOurs, line: line)
    guard presence != entry.reported else { return nil }
    watched[user]?.reported = presence
    return presence
  }

  /// Everything reported so far, for a reader that begins anew.
  var reported: [(UserID, Presence)] {
    watched.compactMap { user, entry in entry.reported.map { (user, $0) } }
  }

  var progress: SubscriptionProgress {
    var progress = SubscriptionProgress()
    for entry in watched.values { progress.count(entry.state, sip: entry.sip) }
    return progress
  }

  // MARK: Trouble

  /// The watched user of this SIP name or guid.
  func watched(named name: String) -> UserID? {
    bySIP[name.lowercased()] ?? (watched[UserID(name)] == nil ? nil : UserID(name))
  }

  /// The PBX tells that the App object may not see the user, or that it may from now on.
  mutating func visibilityChanged(_ user: UserID, missing: Bool, now: Moment) {
    switch watched[user]?.state {
    case .asked?, .waiting(attempt: 2)?:
      guard missing else { return }
      move(user, to: .unseen)
      scheduleRetry(user, at: now + Self.unseenRetry)
    case .unseen?:
      guard !missing else { return }
      move(user, to: .waiting(attempt: 1))
      enqueue(user)
    default: break
    }
  }

  /// What changed since the last call; nil: the trouble is over.
  mutating func takeTroubles() -> [UserID: SubscriptionTrouble?] {
    if troubles.isEmpty { return [:] }
    defer { troubles = [:] }
    return troubles
  }

  /// Everybody in trouble, as when the connection ends.
  var troubled: [UserID] { watched.compactMap { $0.value.trouble == nil ? nil : $0.key } }

  /// The one place where a state changes: an attempt to mend a trouble does not end it, only success does.
  private mutating func move(_ user: UserID, to state: State) {
    version += 1
    watched[user]?.state = state
    let trouble: SubscriptionTrouble?
    switch state {
    case .waiting, .asked: return
    case .up: trouble = nil
    case .unseen: trouble = .unseen
    case .refused(let reason): trouble = .refused(reason)
    case .down: trouble = .ended
    }
    guard let entry = watched[user], entry.trouble != trouble else { return }
    watched[user]?.trouble = trouble
    troubles[user] = .some(trouble)
  }

  private mutating func expire(_ now: Moment) {
    while deadlineHead < deadlines.count, deadlines[deadlineHead].at <= now {
      let (_, user, attempt) = deadlines[deadlineHead]
      deadlineHead += 1
      guard watched[user]?.state == .asked(attempt: attempt) else { continue }
      if attempt == 1 {
        move(user, to: .waiting(attempt: 2))
        enqueue(user)
      } else {
        move(user, to: .unseen)
        scheduleRetry(user, at: now + Self.unseenRetry)
      }
    }
  }

  private mutating func enqueue(_ user: UserID) {
    if inLine.insert(user).inserted { line.append(user) }
  }

  private mutating func backOff(_ user: UserID, _ now: Moment) {
    let failures = min(watched[user]?.failures ?? 0, 6)
    watched[user]?.failures = failures + 1
    scheduleRetry(user, at: now + .seconds(10 << failures))
  }

  private mutating func scheduleRetry(_ user: UserID, at retryAt: Moment) {
    watched[user]?.retryAt = retryAt
    nextRetry = min(nextRetry ?? retryAt, retryAt)
  }

  private mutating func requeueRetries(_ now: Moment) {
    guard let next = nextRetry, next <= now else { return }
    nextRetry = nil
    for (user, entry) in watched {
      guard let retryAt = entry.retryAt else { continue }
      if retryAt <= now {
        watched[user]?.retryAt = nil
        if entry.state != .unseen { move(user, to: .waiting(attempt: 1)) }
        enqueue(user)
      } else {
        nextRetry = min(nextRetry ?? retryAt, retryAt)
      }
    }
  }

  private static func burst(_ perSecond: Int) -> Double { max(1, Double(perSecond) / 5) }

  private mutating func refill(_ now: Moment) {
    let passed = refilledAt.map { (now - $0).inSeconds } ?? 0
    refilledAt = now
    tokens = min(Self.burst(perSecond), tokens + max(0, passed) * Double(perSecond))
  }

  /// Drops the part of the two queues that is done, once it is the larger part.
  private mutating func compactLists() {
    if lineHead > 64, lineHead * 2 > line.count {
      line.removeFirst(lineHead)
      lineHead = 0
    }
    if deadlineHead > 64, deadlineHead * 2 > deadlines.count {
      deadlines.removeFirst(deadlineHead)
      deadlineHead = 0
    }
  }
}
