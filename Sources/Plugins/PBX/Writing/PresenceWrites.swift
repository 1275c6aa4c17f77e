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

  struct Job: Sendable {
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
  var written: [UserID: WrittenEntry]
  /// Only when we write under the users' own contact.
  var own: OwnEntries?
  var alien: [UserID: AlienCall] = [:]
  var jobs: [UserID: Job] = [:]
  /// Writes that were given up waiting for: their answer may still come, as long as no newer one was sent.
  var givenUp: [UserID: (src: String, entry: ContactEntry)] = [:]
  /// The last removal of each held call that was given up waiting for.
  var lateRemovals: [UserID: String] = [:]
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

  private func entry(_ held: Presence) -> ContactEntry {
    var word = ActivityWords.word(for: held)
    if held.call == .connected, !canImpersonate, held.availability != .doNotDisturb,
      word.isEmpty || word == "away"
    {
      word = "busy"
    }
    return ContactEntry(activity: word, note: held.note?.text ?? "")
  }

  mutating func source(_ kind: Character, _ user: UserID) -> String {
    number += 1
    return WriteSource.make(kind, number, user)
  }
}
