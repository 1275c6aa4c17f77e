// The one actor of the connector: it owns the connections, and carries out what the sessions decide.

import Logging
import PluginAPI

actor Switchboard {
  struct Line {
    var session: PBXSession
    let wire: Wire
    let address: String
    /// Set when the gateway dialled.
    let dialled: DialledPBX?
    var identity: PBXIdentity?
    /// Whether the core was told that deliveries may go this way.
    var announced = false
    /// A user at the App's page.
    var isVisitor = false
    var ended = false
  }
  let options: PBXOptions
  let context: PluginContext
  let settings: SessionSettings
  var lines: [Int: Line] = [:]
  var homes: [PBXKey: Int] = [:]
  /// By domain, once read completely.
  var tables: [String: [UserID: PBXUser]] = [:]
  /// What an earlier process kept of them, until they have been brought up to date.
  var recalled: [String: [UserID: PBXUser]] = [:]
  var marks: [String: ReplicationMark] = [:]
  var archive = UserArchive()
  /// Users' own entries that are to be given back, with `contact: tel:`.
  var loans = LoanBook()
  var keepingLoans: Task<Void, Never>?
  /// With `contact: tel:`, users who have been written to: their own entries are watched.
  var borrowers: Set<UserID> = []
  var roster: Set<UserID> = []
  var events: [UserID: PresenceEvent] = [:]
  var eventReader: AsyncStream<Void>.Continuation?
  var directory = DirectoryBacklog()
  var directoryReader: AsyncStream<Void>.Continuation?
  var waiters: [Int: CheckedContinuation<DeliveryOutcome, Never>] = [:]
  /// Users whose last delivery was put off before anything was sent.
  var unsent: Set<UserID> = []
  var checks: CheckBoard
  var metrics: PBXMetrics
  var refusals = RefusalLog()
  private var strangers = Strangers()
  private var replacements = Replacements()
  private var guesses: GuessLimit
  private var words = SeenWords(limit: 64)
  private var kinds = SeenWords(limit: 64)
  private var lastID = 0
  private var lastToken = 0
  /// What earlier connections left in the PBX.
  private var written: [PBXKey: [UserID: WrittenEntry]] = [:]
  private static let maxPBXs = 1024

  init(_ options: PBXOptions, _ context: PluginContext) {
    self.options = options
    self.context = context
    settings = options.session
    checks = CheckBoard(options, context)
    metrics = PBXMetrics(context)
    guesses = GuessLimit(perMinute: options.attemptsPerMinute)
  }

  var now: Moment { context.clock.now }

  func nextToken() -> Int {
    lastToken += 1
    return lastToken
  }

  // MARK: Connections

  func opened(_ wire: Wire, address: String, dialled: Dialled? = nil) -> Int {
    lastID += 1
    if dialled == nil, let oldest = strangers.enter(lastID, from: address) { refuse(.tooMany, oldest) }
    var settings = settings
    settings.marks = freshMarks()
    let session = PBXSession(settings, dialled: dialled?.settings, now: now)
    lines[lastID] = Line(session: session, wire: wire, address: address, dialled: dialled?.pbx)
    perform(session.open(), on: lastID)
    return lastID
  }

  /// Returns whether the peer is no stranger: it has logged in, or was dialled.
  func received(_ message: Incoming?, on id: Int, at moment: Moment) -> Bool {
    metrics.receivedMessage()
    // The line is not held meanwhile: its session would be copied whole for each message.
    guard let stranger = lines[id].map({ $0.dialled == nil && !$0.session.isLoggedIn ? $0.address : nil })
    else { return false }
    if let stranger, !guesses.admits(stranger, now: moment) {
      refuse(.tooOften, id)
    } else {
      perform(lines[id]?.session.handle(message, now: moment) ?? [], on: id)
    }
    return stranger == nil || lines[id]?.session.isLoggedIn == true
  }

  /// Whatever it says is not looked at.
  func refuse(_ reason: LoginRefusal, _ id: Int) {
    perform(lines[id]?.session.refuse(reason) ?? [], on: id)
  }

  func closed(_ id: Int) -> Ending {
    end(id, "the connection was lost")
    let line = lines.removeValue(forKey: id)
    return line?.identity != nil ? .served : line?.session.isRefused == true ? .refused : .broken
  }

  func begin() {
    checks.begin(now)
    updateChecks()
  }

  /// Returns when to be called again.
  func tick() -> Moment {
    let now = now
    for id in lines.keys.sorted() {
      guard let effects = lines[id]?.session.tick(now) else { continue }
      perform(effects, on: id)
    }
    rereadUsers()
    updateChecks()
    let busy = lines.values.contains { $0.session.isBusy }
    return now + (busy ? .milliseconds(50) : .milliseconds(250))
  }

  func end(_ id: Int, _ reason: String) {
    guard let line = lines[id], !line.ended else { return }
    lines[id]?.ended = true
    strangers.leave(id)
    line.wire.close()
    let name = line.identity?.pbx ?? settings.master
    perform(lines[id]?.session.end("PBX \(name): \(reason)", now: now) ?? [], on: id)
    if line.identity == nil, let pbx = line.dialled {
      let isRefused = lines[id]?.session.isRefused == true
      cannotDial(pbx, isRefused ? DialTrouble(refused: reason, pbx) : DialTrouble(unanswered: reason, pbx))
    }
    guard let identity = line.identity, homes[identity.key] == id else { return }
    follow(id)
    homes[identity.key] = nil
    for user in lines[id]?.session.subscriptions.troubled ?? [] { report(nil, of: user) }
    if written.count < Self.maxPBXs { written[identity.key] = lines[id]?.session.writes.written }
    checks.lost(identity, reason, dialled: line.dialled)
    metrics.connected(homes.count)
    reassign()
    context.logger.warning(
      "PBX connection ended",
      metadata: ["pbx": "\(identity.pbx)", "domain": "\(identity.domain)", "reason": "\(reason)"])
  }

  // MARK: Effects

  func perform(_ effects: [PBXSession.Effect], on id: Int) {
    for effect in effects {
      switch effect {
      case .send(let message): send(message, on: id)
      case .close(let reason): end(id, reason)
      case .accepted:
        strangers.leave(id)
        metrics.login("accepted")
      case .visited:
        strangers.leave(id)
        visited(id)
      case .askedForStatus(let src): Task { await tellStatus(src, on: id) }
      case .refused(let reason): refused(reason, lines[id]?.address ?? "")
      case .identified(let identity): identified(identity, on: id)
      case .usersProgress(let count):
        if let identity = lines[id]?.identity { checks.usersRead(count, of: identity) }
      case .usersLoaded(let rows): usersLoaded(rows, on: id)
      case .userChanged(let row): userChanged(row, on: id)
      case .userRemoved(let user): userRemoved(user, on: id)
      case .usersFailed(let reason):
        if let identity = lines[id]?.identity { checks.usersFailed(reason, of: identity) }
      case .lines(let failure): if let identity = lines[id]?.identity { checks.lines(of: identity, failure) }
      case .licence(let user, let answer): licenceAnswered(user, answer, on: id)
      case .presence(let event): queue(event)
      case .unknownWord(let word): noteUnknown(word)
      case .settled(let token, let outcome): waiters.removeValue(forKey: token)?.resume(returning: outcome)
      case .lostCall(let user): context.sink.lost(.call, of: [user])
      case .answered(let request, let answer): metrics.write(request, answer)
      case .ignored(let kind): ignored(kind)
      }
    }
    loans.take(lines[id]?.session.takeLoans() ?? [:])
    for (user, trouble) in lines[id]?.session.takeTroubles() ?? [:] { report(trouble, of: user) }
  }

  private func report(_ trouble: SubscriptionTrouble?, of user: UserID) {
    for topic in [SubscriptionTrouble.visibility, SubscriptionTrouble.subscription] {
      let problem = trouble.flatMap { $0.topic == topic ? $0.problem(app: checks.appSIP) : nil }
      context.users.report(problem, topic: topic, of: user)
    }
  }

  private func send(_ message: Outgoing, on id: Int) {
    guard let line = lines[id], !line.ended else { return }
    metrics.sentMessage()
    if !line.wire.send(.message(message)) { end(id, "the PBX does not read what it is sent") }
  }

  private func identified(_ identity: PBXIdentity, on id: Int) {
    if let older = homes[identity.key], older != id, let known = lines[older]?.identity {
      if identity.isOtherApp(than: known), lines[older]?.session.wasHeardLately(now) == true {
        checks.rivals(known, refused: identity, now)
        return end(id, "another App object of the same PBX is connected")
      }
      end(older, "a newer connection of the same PBX came")
      if replacements.note(identity.key, now) > Replacements.tolerated { checks.replaced(identity, now) }
    }
    guard homes.count < Self.maxPBXs else { return end(id, "too many PBXs") }
    homes[identity.key] = id
    lines[id]?.identity = identity
    lines[id]?.session.takeOver(loans: loans.all)
    if let words = written.removeValue(forKey: identity.key) { lines[id]?.session.takeOver(written: words) }
    checks.connected(identity)
    metrics.connected(homes.count)
    context.logger.info(
      "PBX connected", metadata: ["pbx": "\(identity.pbx)", "domain": "\(identity.domain)"])
    announce(id)
  }

  private func refused(_ reason: LoginRefusal, _ address: String) {
    metrics.login(reason.rawValue)
    if reason.isGuess { guesses.failed(address, now: now) }
    let host = IPAddress(address)?.description ?? address
    checks.refused(reason, host)
    guard refusals.admits("\(PeerAddress(address))", now: now) else { return }
    context.logger.warning(
      "PBX login refused", metadata: ["address": "\(host)", "reason": "\(reason.text)"])
  }

  private func noteUnknown(_ word: String) {
    let word = String(word.prefix(40))
    guard words.admits(word) else { return }
    context.logger.notice("unknown activity in a presence list", metadata: ["activity": "\(word)"])
  }

  private func ignored(_ kind: String) {
    metrics.ignored(kind)
    let kind = String(kind.prefix(40))
    guard kinds.admits(kind) else { return }
    context.logger.debug("message of no use to the gateway", metadata: ["kind": "\(kind)"])
  }
}
