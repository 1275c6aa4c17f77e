// One PBX connection as a value: a message or a moment in, effects out. No socket, no clock, no tasks.

import PluginAPI

struct PBXSession: Sendable {
  enum Effect: Sendable, Hashable {
    case send(Outgoing)
    case close(String)
    case accepted(LoggedInApp)
    case refused(LoginRefusal)
    /// A user logged in, who is no PBX; later asks for the gateway's state.
    case visited
    case askedForStatus(src: String?)
    case identified(PBXIdentity)
    case usersProgress(Int)
    case usersLoaded(UserLoad)
    case userChanged(UserRow)
    case userRemoved(UserID)
    case usersFailed(String)
    case licence(UserID, LicenceAnswer)
    /// Whether calls are followed through RCC: nil when they are, or the reason why not.
    case lines(String?)
    case presence(PresenceEvent)
    case unknownWord(String)
    case settled(token: Int, DeliveryOutcome)
    case lostCall(UserID)
    case answered(PresenceWrites.Request, PresenceWrites.Answer)
    /// A message of a kind that means nothing here.
    case ignored(String)
  }
  enum Phase {
    case login(until: Moment)
    /// The gateway dialled, and logs in.
    case dialled(DialledLogin, until: Moment)
    case pbxInfo(LoggedInApp, until: Moment)
    case up(PBXIdentity)
    case visit(Visit)
    case closed
  }

  let settings: SessionSettings
  var phase: Phase
  private var login: Login
  let isDialled: Bool
  /// Whether the PBX did not let the gateway in.
  var isRefused = false
  private var keepAlive: KeepAlive
  var replication: Replication
  var licences: LicenceChecks?
  var monitor: LineMonitor?
  var subscriptions: Subscriptions
  var writes: PresenceWrites

  /// `dialled` when the gateway dialled; otherwise the PBX dialled in.
  init(_ settings: SessionSettings, dialled: DialledSettings? = nil, now: Moment) {
    self.settings = settings
    isDialled = dialled != nil
    let until = now + settings.answerTimeout
    phase = dialled.map { .dialled(DialledLogin($0), until: until) } ?? .login(until: until)
    login = Login(
      newChallenge: settings.newChallenge, passwords: settings.passwords, domain: settings.domain)
    keepAlive = KeepAlive(interval: settings.keepAlive, now: now)
    replication = Replication(answerTimeout: settings.answerTimeout)
    subscriptions = Subscriptions(
      perSecond: settings.subscribePerSecond, answerTimeout: settings.answerTimeout)
    writes = PresenceWrites(
      contact: settings.contact, borrows: settings.borrows, answerTimeout: settings.answerTimeout,
      settleTime: settings.settleTime)
  }

  var isLoggedIn: Bool { login.isAccepted || identity != nil }
  var isClosed: Bool { if case .closed = phase { true } else { false } }
  var identity: PBXIdentity? { if case .up(let identity) = phase { identity } else { nil } }
  func wasHeardLately(_ now: Moment) -> Bool { keepAlive.wasHeardLately(now) }
  /// Whether something will be due soon, so that the time has to be looked at often.
  var isBusy: Bool { subscriptions.isWaiting || writes.isBusy || licences?.isBusy == true }
  /// Where the next reading of the users may resume.
  var usersMark: ReplicationMark? { replication.mark }

  /// Whether changes of the users are followed here.
  var followsUsers: Bool { replication.isLive }
  /// Whether this connection's users are known by their changes since an earlier one.
  var resumedUsers: Bool { replication.isLive && replication.isDelta }

  // MARK: Messages

  /// What is said before anything was heard.
  func open() -> [Effect] {
    if case .dialled(let login, _) = phase { [.send(login.greeting)] } else { [] }
  }

  mutating func handle(_ text: [UInt8], now: Moment) -> [Effect] {
    handle(Incoming(text), now: now)
  }

  /// `message` is nil when the text was no JSON object.
  mutating func handle(_ message: Incoming?, now: Moment) -> [Effect] {
    if isClosed { return [] }
    keepAlive.received(now)
    guard let message else {
      guard isLoggedIn || isDialled else { return close(.notAProtocol) }
      return [.ignored("not JSON")]
    }
    if case .dialled(var login, let until) = phase {
      guard let outcome = login.handle(message) else { return [.ignored(message.mt)] }
      phase = .dialled(login, until: until)
      return dialledStep(outcome, login, now)
    }
    if !isDialled, let outcome = login.handle(message) { return loginStep(outcome, now) }
    switch phase {
    case .login, .dialled, .closed: return [.ignored(message.mt)]
    case .pbxInfo(let app, _): return beforePbxInfo(message, app, now)
    case .up: return whileUp(message, now)
    case .visit(var visit):
      defer { phase = .visit(visit) }
      return apply(visit.handle(message, now: now))
    }
  }

  // MARK: Time and end

  mutating func tick(_ now: Moment) -> [Effect] {
    switch phase {
    case .closed: return []
    case .login(let until): return now >= until ? close(.tooLate) : []
    case .dialled(_, let until):
      if now < until { return [] }
      phase = .closed
      return [.close("the PBX did not answer the login in time")]
    case .pbxInfo(_, let until):
      if now < until { return [] }
      phase = .closed
      return [.close("no PbxInfo after the login")]
    case .visit(var visit):
      defer { phase = .visit(visit) }
      return apply(visit.tick(now))
    case .up: break
    }
    let actions = keepAlive.tick(now)
    if actions.contains(.dead) {
      phase = .closed
      return [.close("nothing received for \((settings.keepAlive * 3).configText)")]
    }
    return actions.map { .send($0 == .probe ? .nodeInfo : .keepAlive) } + apply(replication.tick(now))
      + apply(licences?.tick(now) ?? []) + apply(monitor?.tick(now) ?? [], now) + apply(writes.tick(now), now)
      + dueSubscriptions(now)
  }

  /// The connection is gone: nothing under way will be answered.
  mutating func end(_ reason: String, now: Moment) -> [Effect] {
    phase = .closed
    return apply(writes.end(reason), now)
  }

  /// What the peer says is not looked at.
  mutating func refuse(_ reason: LoginRefusal) -> [Effect] {
    isClosed ? [] : [.send(.loginRefused(reason.text, src: nil))] + close(reason)
  }

  mutating func close(_ reason: LoginRefusal) -> [Effect] {
    phase = .closed
    return [.refused(reason), .close(reason.text)]
  }
}
