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
  private enum Phase {
    case login(until: Moment)
    /// The gateway dialled, and logs in.
    case dialled(DialledLogin, until: Moment)
    case pbxInfo(LoggedInApp, until: Moment)
    case up(PBXIdentity)
    case visit(Visit)
    case closed
  }

  let settings: SessionSettings
  private var phase: Phase
  private var login: Login
  private let isDialled: Bool
  /// Whether the PBX did not let the gateway in.
  private(set) var isRefused = false
  private var keepAlive: KeepAlive
  private var replication: Replication
  private var licences: LicenceChecks?
  private var monitor: LineMonitor?
  private(set) var subscriptions: Subscriptions
  private(set) var writes: PresenceWrites

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

  private mutating func loginStep(_ outcome: Login.Outcome, _ now: Moment) -> [Effect] {
    switch outcome {
    case .challenge(let answer): return [.send(answer)]
    case .accepted(let answer, let app):
      phase = .pbxInfo(app, until: now + settings.answerTimeout)
      return [.send(answer), .accepted(app)]
    case .visitor(let answer):
      phase = .visit(Visit(now: now))
      return [.send(answer), .visited]
    case .refused(let reason, let answer): return [.send(answer)] + close(reason)
    }
  }

  private mutating func beforePbxInfo(_ message: Incoming, _ app: LoggedInApp, _ now: Moment) -> [Effect] {
    switch message.mt {
    case "AppInfo": return [.send(.appInfo(app: message.app, src: message.src))]
    case "KeepAlive": return []
    case "PbxInfo":
      guard let pbx = message.pbx, !pbx.isEmpty else { return [.ignored("PbxInfo without pbx")] }
      let told = message.domain.flatMap { $0.isEmpty ? nil : $0 }
      // The digest covers the login's domain, not this one.
      if let told, let domain = settings.domain, told.lowercased() != domain.lowercased() {
        return close(.otherDomain)
      }
      let identity = PBXIdentity(
        domain: told ?? app.domain, pbx: pbx,
        apis: message.apis.map { Set($0) }, appSIP: app.sip, appGUID: app.guid,
        passwordIsOld: app.passwordIsOld)
      return begin(identity, now)
    default: return [.ignored(message.mt)]
    }
  }

  private mutating func dialledStep(_ outcome: DialledLogin.Outcome, _ login: DialledLogin, _ now: Moment)
    -> [Effect]
  {
    switch outcome {
    case .answer(let message): return [.send(message)]
    case .accepted:
      let app = LoggedInApp(
        sip: login.settings.app, domain: login.settings.domain, passwordIsOld: login.settings.passwordIsOld)
      return [.accepted(app)] + begin(login.identity, now)
    case .refused(let reason):
      isRefused = true
      phase = .closed
      return [.close("the PBX refused the login: \(reason)")]
    }
  }

  /// From here on it does not matter who dialled.
  private mutating func begin(_ identity: PBXIdentity, _ now: Moment) -> [Effect] {
    phase = .up(identity)
    writes.canImpersonate = identity.has("PbxImpersonation")
    writes.answers.canProbe = identity.has("PbxApi")
    if let mark = settings.marks[identity.key.domain] {
      replication = Replication(answerTimeout: settings.answerTimeout, mark: mark)
    }
    let replicates = identity.key.pbx == settings.master.lowercased() && identity.has("PbxTableUsers")
    if replicates, identity.has("PbxAdminApi"), let license = settings.license {
      licences = LicenceChecks(
        licence: license, answerTimeout: settings.answerTimeout, interval: settings.licenseInterval)
    }
    let unallowed = identity.has("PbxApi") && identity.has("PbxAdminApi")
    return [.identified(identity)] + startMonitor(identity, now)
      + (unallowed ? [.send(.monitorUnallowed)] : [])
      + (replicates ? apply(replication.start(now)) : [])
  }

  private mutating func whileUp(_ message: Incoming, _ now: Moment) -> [Effect] {
    let writer = message.src.flatMap(WriteSource.user(of:))
    let onThePhone = writer.flatMap { subscriptions.reading(of: $0)?.onThePhone } ?? false
    if let effects = writes.handle(message, onThePhone: onThePhone, now: now) { return apply(effects, now) }
    if let effects = replication.handle(message, now: now) { return apply(effects) }
    if let effects = licences?.handle(message, now: now) { return apply(effects) }
    if let effects = monitor?.handle(message, now: now) { return apply(effects, now) }
    switch message.mt {
    case "GetNodeInfoResult":
      writes.heard(now)
      return []
    case "KeepAlive", "DeleteApiResult", "UnsubscribePresenceResult", "MonitorUnallowedResult": return []
    case "MonitorUnallowedAdd", "MonitorUnallowedDel":
      unallowed(message, now)
      return []
    case "AppInfo": return [.send(.appInfo(app: message.app, src: message.src))]
    case "SubscribePresenceResult", "PresenceState", "PresenceUpdate":
      guard let user = message.src.flatMap(Subscriptions.user(ofSource:)) else {
        return [.ignored(message.mt)]
      }
      return presenceMessage(message, user, now)
    default: return [.ignored(message.mt)]
    }
  }

  /// (I) The user is named by SIP name or guid, the sources by SIP name.
  private mutating func unallowed(_ message: Incoming, _ now: Moment) {
    let app = identity?.appSIP.lowercased() ?? ""
    let isOurs = message.sources.isEmpty || message.sources.contains { $0.lowercased() == app }
    guard isOurs, let user = message.user.flatMap({ subscriptions.watched(named: $0) }) else { return }
    subscriptions.visibilityChanged(user, missing: message.mt == "MonitorUnallowedAdd", now: now)
  }

  private mutating func presenceMessage(_ message: Incoming, _ user: UserID, _ now: Moment) -> [Effect] {
    switch message.mt {
    case "SubscribePresenceResult":
      if let failure = message.failure { subscriptions.refused(user, failure, now: now) }
      return []
    case "PresenceState":
      subscriptions.stateChanged(user, up: message.up, now: now)
      return []
    default:
      let list = writes.read(message.presence ?? [], of: user)
      let reading = PresenceReading(list, leavingOut: settings.borrows ? nil : settings.contact)
      guard subscriptions.read(user, reading, now: now) else { return [] }
      if !reading.onThePhone { writes.sawNoCall(of: user) }
      let unknown = reading.state.availability == .unknown
      return (unknown ? [.unknownWord(reading.word)] : []) + report(user, now)
    }
  }

  // MARK: What the gateway wants

  mutating func watch(_ user: UserID, sip: String, now: Moment) -> [Effect] {
    if subscriptions.watches(user, sip: sip) { return [] }
    subscriptions.remove(user)
    subscriptions.add(user, sip: sip)
    return dueSubscriptions(now)
  }

  mutating func readUsersAgain(_ now: Moment) -> [Effect] { apply(replication.readAgain(now)) }

  /// The users whose licences are of interest.
  mutating func checkLicences(of users: [UserID], now: Moment) -> [Effect] {
    apply(licences?.ask(all: users, now: now) ?? [])
  }
  mutating func checkLicence(of user: UserID, now: Moment) -> [Effect] {
    apply(licences?.ask(user, now: now) ?? [])
  }
  mutating func forgetLicence(of user: UserID) { licences?.forget(user) }

  /// Whose trouble with the subscription began, changed or ended since the last call.
  mutating func takeTroubles() -> [UserID: SubscriptionTrouble?] { subscriptions.takeTroubles() }

  /// Watches exactly these users, each with the SIP name.
  mutating func watch(only users: [UserID: String], now: Moment) -> [Effect] {
    for user in subscriptions.users where users[user] == nil { subscriptions.remove(user) }
    for (user, sip) in users where !subscriptions.watches(user, sip: sip) {
      subscriptions.remove(user)
      subscriptions.add(user, sip: sip)
    }
    return dueSubscriptions(now)
  }

  private mutating func dueSubscriptions(_ now: Moment) -> [Effect] {
    subscriptions.due(now).map { .send($0) }
  }

  mutating func deliver(_ order: WriteOrder, now: Moment) -> [Effect] {
    apply(writes.deliver(order, isReadable: isReadable(order.user), now: now), now)
  }

  /// Before a delivery, so that what is written over can be kept safe first.
  mutating func lend(_ order: WriteOrder) { _ = writes.lend(order) }
  mutating func takeLoans() -> [UserID: BorrowedEntry?] { writes.takeLoans() }
  mutating func takeOver(loans: [UserID: BorrowedEntry]) { writes.take(over: loans) }

  private func isReadable(_ user: UserID) -> Bool {
    switch subscriptions.state(of: user) {
    case .unseen?, .refused?: false
    default: true
    }
  }

  /// The user left this PBX.
  mutating func release(_ user: UserID, now: Moment) -> [Effect] {
    subscriptions.remove(user)
    return dueSubscriptions(now) + apply(writes.release(user), now)
  }

  mutating func takeOver(written: [UserID: WrittenEntry]) { writes.take(over: written) }

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

  private mutating func close(_ reason: LoginRefusal) -> [Effect] {
    phase = .closed
    return [.refused(reason), .close(reason.text)]
  }

  private mutating func report(_ user: UserID, _ now: Moment) -> [Effect] {
    let callIsOurs = writes.explainsCall(of: user)
    // What RCC tells may be our own call.
    let line = callIsOurs && settings.ownCallsAreInRCC ? nil : monitor?.call(of: user)
    guard let presence = subscriptions.report(user, callIsOurs: callIsOurs, line: line ?? .none) else {
      return []
    }
    return [.presence(PresenceEvent(user: user, presence: presence, receivedAt: now))]
  }

  private mutating func startMonitor(_ identity: PBXIdentity, _ now: Moment) -> [Effect] {
    guard settings.lineState == .rcc else { return [] }
    guard identity.has("RCC") else { return [.lines("RCC is not ticked")] }
    var monitor = LineMonitor(answerTimeout: settings.answerTimeout, diallingCounts: settings.diallingCounts)
    let effects = monitor.start(now)
    self.monitor = monitor
    return apply(effects, now)
  }

  private mutating func apply(_ effects: [LineMonitor.Effect], _ now: Moment) -> [Effect] {
    var result: [Effect] = []
    for effect in effects {
      switch effect {
      case .send(let message): result.append(.send(message))
      case .changed(let user): result += report(user, now)
      case .ready: result.append(.lines(nil))
      case .failed(let reason): result.append(.lines(reason))
      }
    }
    return result
  }

  private mutating func apply(_ effects: [PresenceWrites.Effect], _ now: Moment) -> [Effect] {
    var result: [Effect] = []
    for effect in effects {
      switch effect {
      case .send(let message): result.append(.send(message))
      case .settled(let token, let outcome): result.append(.settled(token: token, outcome))
      case .lostCall(let user): result.append(.lostCall(user))
      case .answered(let request, let answer): result.append(.answered(request, answer))
      case .reread(let user): result += report(user, now)
      case .watched(.probe): result.append(.send(.nodeInfo))
      case .watched(.dead):
        phase = .closed
        result.append(
          .close(
            "neither a write nor GetNodeInfo was answered for \((settings.answerTimeout * 2).configText)"))
      }
    }
    return result
  }
}
