// The writes under way on one PBX connection, and what they left behind there.

import PluginAPI

/// One delivery as the session gets it.
struct WriteOrder: Sendable {
  let token: Int
  let user: UserID
  /// The user's SIP name (h323).
  let sip: String
  /// What is to be held (`.available`: nothing), and what was before.
  let presence: Presence
  let previous: Presence
  /// Whether `previous` may be wrong.
  var isRepair = false
}

struct PresenceWrites: Sendable {
  enum Effect: Sendable, Hashable {
    case send(Outgoing)
    case settled(token: Int, DeliveryOutcome)
    /// Whether the user's on-the-phone is explained by our alien call may have changed.
    case reread(UserID)
    /// An answer that came too late shows that no alien call is held although one is wanted.
    case lostCall(UserID)
    case answered(Request, Answer)
    case watched(AnswerWatch.Action)
  }
  enum Request: String, Sendable { case setPresence, createAPI, addAlienCall, delAlienCall }
  enum Answer: String, Sendable { case ok, refused, timeout }

  private struct Job: Sendable {
    let token: Int
    let begunAt: Moment
    var entry: ContactEntry
    var setSource: String?
    var callOpen = false
    var failure: String?
  }

  let contact: String
  let answerTimeout: Duration
  let settleTime: Duration
  var answers: AnswerWatch
  /// Without PbxImpersonation a call is shown as the activity `busy`.
  var canImpersonate = true
  private(set) var written: [UserID: WrittenEntry]
  /// Only when we write under the users' own contact.
  private(set) var own: OwnEntries?
  private var alien: [UserID: AlienCall] = [:]
  private var jobs: [UserID: Job] = [:]
  /// Writes that were given up waiting for: their answer may still come, as long as no newer one was sent.
  private var givenUp: [UserID: (src: String, entry: ContactEntry)] = [:]
  /// The last removal of each held call that was given up waiting for.
  private var lateRemovals: [UserID: String] = [:]
  private var number = 0

  init(
    contact: String, borrows: Bool = false, answerTimeout: Duration, settleTime: Duration,
    written: [UserID: WrittenEntry] = [:]
  ) {
    own = borrows ? OwnEntries(contact: contact) : nil
    self.contact = contact
    self.answerTimeout = answerTimeout
    self.settleTime = settleTime
    self.written = written
    answers = AnswerWatch(answerTimeout: answerTimeout)
  }

  /// Whether an on-the-phone of this user may be our own doing.
  func explainsCall(of user: UserID) -> Bool { alien[user] != nil }
  /// Whether something is due at a time.
  var isBusy: Bool {
    !jobs.isEmpty || alien.values.contains { if case .settling = $0 { true } else { false } }
  }
  var heldCalls: Int { alien.values.count { if case .held = $0 { true } else { false } } }

  mutating func take(over written: [UserID: WrittenEntry]) { self.written = written }

  // MARK: Orders

  /// - Parameter isReadable: whether the user's presence list can be expected to come.
  mutating func deliver(_ order: WriteOrder, isReadable: Bool = true, now: Moment) -> [Effect] {
    let user = order.user
    var effects = abandon(user, "a newer value came")
    var job = Job(token: order.token, begunAt: now, entry: entry(order.presence))
    if !lend(order) {
      guard !isReadable else {
        let reason = "the user's own \(contact) entry has not been read yet"
        return effects + [.settled(token: order.token, .retry(after: .seconds(2), reason: reason))]
      }
      job.failure =
        "the user's own \(contact) entry cannot be read, so it is not written over: see visibility"
    } else if let change = change(order, job.entry) {
      let src = source("w", user)
      job.entry = change
      job.setSource = src
      written[user] = .uncertain
      givenUp[user] = nil
      effects.append(.send(.setPresence(guid: user.rawValue, contact: contact, entry: change, src: src)))
    } else if own != nil, job.entry.activity.isEmpty {
      (written[user], givenUp[user]) = (nil, nil)
    }
    let wantsCall = order.presence.call == .connected && canImpersonate
    effects += wantsCall ? beginCall(order, &job) : endCall(user, &job, now)
    if job.setSource != nil || job.callOpen { answers.asked(now) }
    jobs[user] = job
    return effects + finish(user)
  }

  /// What has to be written; nil when it stands there already.
  private func change(_ order: WriteOrder, _ wanted: ContactEntry) -> ContactEntry? {
    let user = order.user
    guard let own else {
      let before = written[user] ?? (order.isRepair ? .uncertain : .entry(entry(order.previous)))
      return before == .entry(wanted) ? nil : wanted
    }
    if wanted.activity.isEmpty { return own.toGiveBack(user) }
    return !own.isBorrowed(user) || written[user] == .entry(wanted) ? nil : wanted
  }

  /// Remembers the user's own entry before it is written over, where that is needed; false when it is not known. May be
  /// called before `deliver`, so that it can be kept safe first.
  mutating func lend(_ order: WriteOrder) -> Bool {
    let wanted = entry(order.presence)
    return own == nil || wanted.activity.isEmpty || own?.lend(order.user, to: wanted) == true
  }

  /// The user's list as it would be without us.
  mutating func read(_ entries: [PresenceEntry], of user: UserID) -> [PresenceEntry] {
    own?.read(entries, of: user) ?? entries
  }
  mutating func takeLoans() -> [UserID: BorrowedEntry?] { own?.takeChanges() ?? [:] }
  mutating func take(over loans: [UserID: BorrowedEntry]) { own?.take(over: loans) }

  /// Takes back the alien call of a user who is no longer served here.
  mutating func release(_ user: UserID) -> [Effect] {
    var effects = abandon(user, "the user is no longer on this PBX")
    switch alien.removeValue(forKey: user) {
    case .held(let target, let id)?, .removing(let target, let id, _)?:
      effects.append(.send(.deleteAlienCall(target: target, id: id, src: source("d", user))))
      effects.append(.send(.deleteAPI(target)))
    case .adding(let target, _)?, .unsure(let target)?: effects.append(.send(.deleteAPI(target)))
    case .creating?, .settling?, nil: break
    }
    (written[user], givenUp[user], lateRemovals[user]) = (nil, nil, nil)
    return effects
  }

  private mutating func beginCall(_ order: WriteOrder, _ job: inout Job) -> [Effect] {
    var effects: [Effect] = []
    switch alien[order.user] {
    case .held?: return []
    case .unsure(let target)?: effects.append(.send(.deleteAPI(target)))
    case nil, .settling?, .creating?, .adding?, .removing?: break
    }
    let src = source("i", order.user)
    alien[order.user] = .creating(src: src)
    job.callOpen = true
    return effects + [.send(.createAPI(sip: order.sip, src: src)), .reread(order.user)]
  }

  private mutating func endCall(_ user: UserID, _ job: inout Job, _ now: Moment) -> [Effect] {
    switch alien[user] {
    case .held(let target, let id)?:
      let src = source("d", user)
      alien[user] = .removing(target: target, id: id, src: src)
      job.callOpen = true
      return [.send(.deleteAlienCall(target: target, id: id, src: src))]
    case .unsure(let target)?:
      alien[user] = .settling(until: now + settleTime)
      return [.send(.deleteAPI(target))]
    case nil, .settling?, .creating?, .adding?, .removing?: return []
    }
  }

  // MARK: Answers

  /// Handles the results of writes; nil when the message is none.
  mutating func handle(_ message: Incoming, onThePhone: Bool, now: Moment) -> [Effect]? {
    guard let src = message.src, let user = WriteSource.user(of: src) else { return nil }
    let answer: Answer = message.failure == nil ? .ok : .refused
    let effects: [Effect]
    switch message.mt {
    case "SetPresenceResult": effects = [.answered(.setPresence, answer)] + setAnswered(message, src, user)
    case "CreateApiResult": effects = [.answered(.createAPI, answer)] + created(message, src, user)
    case "AddAlienCallResult": effects = [.answered(.addAlienCall, answer)] + added(message, src, user, now)
    case "DelAlienCallResult":
      effects = [.answered(.delAlienCall, answer)] + removed(src, user, onThePhone, now)
    default: return nil
    }
    heard(now)
    return effects
  }

  /// The PBX answered a request, if only the probe.
  mutating func heard(_ now: Moment) { answers.answered(now, waiting: !jobs.isEmpty) }

  private mutating func setAnswered(_ message: Incoming, _ src: String, _ user: UserID) -> [Effect] {
    guard var job = jobs[user], job.setSource == src else {
      if let late = givenUp[user], late.src == src {
        givenUp[user] = nil
        if message.failure == nil { setDone(late.entry, user) }
      }
      return []
    }
    job.setSource = nil
    if let failure = message.failure {
      job.failure = "the PBX refused SetPresence: \(failure)"
    } else {
      setDone(job.entry, user)
    }
    jobs[user] = job
    return finish(user)
  }

  private mutating func setDone(_ entry: ContactEntry, _ user: UserID) {
    written[user] = .entry(entry)
    if own?.toGiveBack(user) == entry { own?.gaveBack(user) }
  }

  private mutating func created(_ message: Incoming, _ src: String, _ user: UserID) -> [Effect] {
    guard alien[user] == .creating(src: src) else {
      return message.target.map { [.send(.deleteAPI($0))] } ?? []
    }
    guard let target = message.target, message.failure == nil else {
      return callRefused(user, "CreateApi", message.failure ?? "no target in the answer")
    }
    let next = source("c", user)
    alien[user] = .adding(target: target, src: next)
    return [.send(.addAlienCall(target: target, src: next))]
  }

  private mutating func added(
    _ message: Incoming, _ src: String, _ user: UserID, _ now: Moment
  ) -> [Effect] {
    if case .adding(let target, src)? = alien[user] {
      guard let id = message.id, message.failure == nil else {
        return [.send(.deleteAPI(target))]
          + callRefused(user, "AddAlienCall", message.failure ?? "no id in the answer")
      }
      alien[user] = .held(target: target, id: id)
      return callDone(user)
    }
    // Too late: nobody waits for this call any more.
    guard let target = message.api, let id = message.id else { return [] }
    if alien[user] == .unsure(target: target) { alien[user] = .settling(until: now + settleTime) }
    return [
      .send(.deleteAlienCall(target: target, id: id, src: source("d", user))), .send(.deleteAPI(target)),
    ]
  }

  /// An error means that the PBX does not know the call any more: it is gone either way.
  private mutating func removed(
    _ src: String, _ user: UserID, _ onThePhone: Bool, _ now: Moment
  ) -> [Effect] {
    switch alien[user] {
    case .removing(let target, _, src)?:
      alien[user] = onThePhone ? .settling(until: now + settleTime) : nil
      lateRemovals[user] = nil
      return [.send(.deleteAPI(target)), .reread(user)] + callDone(user)
    case .held(let target, _)? where lateRemovals[user] == src:
      (alien[user], lateRemovals[user]) = (nil, nil)
      return [.send(.deleteAPI(target)), .reread(user), .lostCall(user)]
    default: return []
    }
  }

  // MARK: Time and the presence list

  mutating func tick(_ now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for (user, job) in jobs where now - job.begunAt >= answerTimeout {
      effects += giveUp(user, job, "the PBX did not answer within \(answerTimeout.configText)")
      answers.timedOut()
    }
    let late = jobs.filter { now - $0.value.begunAt > AnswerWatch.patience }
    if let action = answers.tick(now, late: late.count) { effects.append(.watched(action)) }
    if answers.isStalled, late.count > AnswerWatch.tolerated {
      // The oldest stay: their answers show that it goes on.
      let newest = late.sorted { $0.value.token < $1.value.token }.dropFirst(AnswerWatch.tolerated)
      for (user, job) in newest { effects += giveUp(user, job, "the PBX does not answer", AnswerWatch.pause) }
    }
    for (user, call) in alien {
      if case .settling(let until) = call, until <= now {
        alien[user] = nil
        effects.append(.reread(user))
      }
    }
    return effects
  }

  /// The list no longer shows a call: ours is really gone.
  mutating func sawNoCall(of user: UserID) {
    if case .settling? = alien[user] { alien[user] = nil }
  }

  /// The connection is gone, and every alien call with it.
  mutating func end(_ reason: String) -> [Effect] {
    let tokens = jobs.values.map(\.token)
    (jobs, alien, givenUp, lateRemovals) = ([:], [:], [:], [:])
    return tokens.map { .settled(token: $0, .retry(after: nil, reason: reason)) }
  }

  private mutating func giveUp(
    _ user: UserID, _ job: Job, _ reason: String, _ pause: Duration? = nil
  ) -> [Effect] {
    var effects: [Effect] = []
    if job.setSource != nil { effects.append(.answered(.setPresence, .timeout)) }
    if job.callOpen {
      switch alien[user] {
      case .creating?: effects.append(.answered(.createAPI, .timeout))
      case .adding?: effects.append(.answered(.addAlienCall, .timeout))
      case .removing?: effects.append(.answered(.delAlienCall, .timeout))
      default: break
      }
    }
    return effects + abandon(user, reason, pause)
  }

  /// Gives up the job under way, if any, so that the state says what may be left in the PBX.
  private mutating func abandon(_ user: UserID, _ reason: String, _ pause: Duration? = nil) -> [Effect] {
    guard let job = jobs.removeValue(forKey: user) else { return [] }
    var effects: [Effect] = [.settled(token: job.token, .retry(after: pause, reason: reason))]
    if let src = job.setSource { givenUp[user] = (src, job.entry) }
    guard job.callOpen else { return effects }
    switch alien[user] {
    case .creating?:
      alien[user] = nil
      effects.append(.reread(user))
    case .adding(let target, _)?: alien[user] = .unsure(target: target)
    case .removing(let target, let id, let src)?:
      alien[user] = .held(target: target, id: id)
      lateRemovals[user] = src
    default: break
    }
    return effects
  }

  private mutating func callRefused(_ user: UserID, _ request: String, _ reason: String) -> [Effect] {
    alien[user] = nil
    jobs[user]?.failure = "the PBX refused \(request): \(reason)"
    return [.reread(user)] + callDone(user)
  }

  private mutating func callDone(_ user: UserID) -> [Effect] {
    jobs[user]?.callOpen = false
    return finish(user)
  }

  private mutating func finish(_ user: UserID) -> [Effect] {
    guard let job = jobs[user], job.setSource == nil, !job.callOpen else { return [] }
    jobs[user] = nil
    return [
      .settled(
        token: job.token,
        job.failure.map { .rejected(reason: $0) } ?? .delivered(lease: nil))
    ]
  }

  private func entry(_ held: Presence) -> ContactEntry {
    var word = ActivityWords.word(for: held)
    if held.call == .connected, !canImpersonate, held.availability != .doNotDisturb,
      word.isEmpty || word == "away"
    {
      word = "busy"
    }
    return ContactEntry(activity: word, note: held.note?.text ?? "")
  }

  private mutating func source(_ kind: Character, _ user: UserID) -> String {
    number += 1
    return WriteSource.make(kind, number, user)
  }
}
