// The check marks of the connector, each red one with its remedy in one sentence.

import PluginAPI

struct CheckBoard {
  /// How long a PBX may take to dial in before the mark turns red.
  static let patience = Duration.seconds(30)
  /// How long connections must not have come in each other's way before that is forgotten: a PBX may dial this seldom.
  static let peace = Duration.seconds(120)

  /// One mark of the board. Two PBXs of different domains may have the same name.
  fileprivate struct Mark: Hashable {
    let what: String
    /// Of a PBX, or (with an empty name) of a whole domain; nil: of everything.
    let key: PBXKey?
  }

  private enum Master: Equatable {
    case awaited, connected
    case lost(reason: String)
  }

  /// For the master as long as its domain is not known.
  private static let anyDomain = ""

  var homeless: [String: Int] = [:] { didSet { if homeless != oldValue { versions = nil } } }
  private let master: String
  private let license: String?
  private let health: any HealthReporter
  /// What to type into the App object, without its last part.
  private let address: String
  /// Masters that are dialled.
  private let dialled: [DialledPBX]
  private var waitingSince: Moment?
  /// The master of each domain.
  private var masters: [PBXKey: Master] = [:]
  /// As they are written, by their lower-case form.
  private var domains: [String: String] = [:]
  private var lastRefusal: String?
  /// When a second connection of a PBX last came in the way of the first.
  private var contended: [PBXKey: Moment] = [:]
  private var otherPBX: String?
  private(set) var appSIP = "the App object's SIP name"
  private var versions: [Int: Int]?
  private var reported: [Mark: Check] = [:]

  init(_ options: PBXOptions, _ context: PluginContext) {
    master = options.master
    license = options.users.license
    health = context.health
    dialled = options.connect.filter(\.isMaster)
    address = "\(context.publicURL ?? "https://<this gateway>")\(options.path)"
    for pbx in options.connect { domains[pbx.key.domain] = pbx.domain }
    for pbx in dialled { masters[pbx.key] = .awaited }
    if dialled.isEmpty { masters[PBXKey(domain: options.domain ?? Self.anyDomain, pbx: master)] = .awaited }
  }

  mutating func begin(_ now: Moment) {
    waitingSince = now
    versions = nil
    for check in reported.values { health.report(check) }
  }

  // MARK: For the doctor

  /// Whether each master is there with its users, or it is known why not.
  var isSettled: Bool {
    masters.allSatisfy { key, state in
      guard state == .connected else { return reported[.login(key)]?.isFailing == true }
      guard let users = reported[.users(of: key)] else { return false }
      if case .pending = users.state { return false }
      return true
    }
  }

  /// What does not depend on whom the routes are for.
  var ofPBXs: [Check] {
    reported.filter { $0.key.key != nil }.values.sorted { $0.name < $1.name }
  }

  // MARK: Logins

  mutating func connected(_ identity: PBXIdentity) {
    know(identity.domain)
    if isMaster(identity) {
      if masters.removeValue(forKey: PBXKey(domain: Self.anyDomain, pbx: master)) != nil {
        remove(.login(PBXKey(domain: Self.anyDomain, pbx: master)))
      }
      masters[identity.key] = .connected
      lastRefusal = nil
      appSIP = identity.appSIP.isEmpty ? appSIP : "`\(identity.appSIP)`"
      if !identity.has("PbxTableUsers") {
        usersFailed(
          "the App object may not read users", of: identity, "Tick PbxTableUsers at the App object.")
      }
    } else {
      otherPBX = identity.pbx
    }
    let roll = identity.passwordIsOld ? ", with one of previous_passwords: change it at the App object" : ""
    report(.login(identity.key), .ok(detail: "domain \(identity.domain)\(roll)"), identity.pbx)
    missing("PbxApi", identity, "reading and writing", "presence can be neither read nor written")
    if license != nil, isMaster(identity), !identity.has("PbxAdminApi") {
      report(
        .licences(of: identity.key),
        .failing(
          reason: "PbxAdminApi is not ticked: licences cannot be looked up",
          remedy: "Tick Admin at the App object, or leave out `license`."))
    }
    missing(
      "PbxImpersonation", identity, "calls", "calls from elsewhere are shown as busy instead of on-the-phone")
  }

  mutating func lost(_ identity: PBXIdentity, _ reason: String, dialled: DialledPBX?) {
    if isMaster(identity) { masters[identity.key] = .lost(reason: reason) }
    if let dialled { return cannotDial(dialled, DialTrouble(unanswered: reason, dialled)) }
    report(
      .login(identity.key),
      .failing(
        reason: reason,
        remedy: "The PBX dials again by itself; if it does not, check that it reaches \(address)."),
      identity.pbx)
  }

  mutating func cannotDial(_ pbx: DialledPBX, _ trouble: DialTrouble) {
    report(.login(pbx.key), .failing(reason: trouble.reason, remedy: trouble.remedy), pbx.name)
  }

  mutating func refused(_ reason: LoginRefusal, _ host: String) {
    let missing = masters.filter { $0.value != .connected }
    guard dialled.isEmpty, !missing.isEmpty else { return }
    switch reason {
    case .wrongDigest: lastRefusal = "a login from \(host) was refused, its password is wrong"
    case .otherDomain: lastRefusal = "a login from \(host) was refused, it is of another domain"
    case .tooOften: lastRefusal = "\(host) is not heard for a minute, it logged in wrongly too often"
    case .noPassword: lastRefusal = "a login from \(host) was refused, app.password cannot be read"
    default: return
    }
    for key in missing.keys { reportFailing(key) }
  }

  mutating func tick(_ now: Moment) {
    for (key, last) in contended where now - last >= Self.peace {
      contended[key] = nil
      remove(.apps(key))
    }
    guard let waitingSince else { return }
    for (key, state) in masters where state != .connected && reported[.login(key)]?.isFailing != true {
      if let pbx = dialled.first(where: { $0.key == key }) {
        report(.login(key), .pending(progress: "dialling \(pbx.url)"), pbx.name)
      } else if now - waitingSince >= Self.patience {
        reportFailing(key)
      } else {
        report(.login(key), .pending(progress: "waiting for PBX \(master) to dial \(address)"), master)
      }
    }
  }

  /// A refused login may be somebody else's, so that it does not hide why a master is gone.
  private mutating func reportFailing(_ key: PBXKey) {
    var reason = lastRefusal ?? "PBX \(master) has not logged in"
    var hint = ""
    if case .lost(let own) = masters[key] {
      reason = "\(own); \(reason)"
    } else if let otherPBX {
      hint = " The PBX \(otherPBX) is connected: is `master` its name?"
    }
    let remedy =
      "Check the App object in the PBX: URL \(address)/<any name>, the same password as app.password, "
      + "websocket ticked." + hint
    report(.login(key), .failing(reason: reason, remedy: remedy), master)
  }

  // MARK: Two connections of one PBX

  mutating func rivals(_ known: PBXIdentity, refused other: PBXIdentity, _ now: Moment) {
    let (first, second) = (app(known), app(other))
    contended[known.key] = now
    report(
      .apps(known.key),
      .failing(
        reason: "two App objects of PBX \(known.pbx) lead here: \(first) is connected, \(second) is refused",
        remedy: "Keep one of the two: delete the other, or take `websocket` off it."),
      known.pbx)
  }

  mutating func replaced(_ identity: PBXIdentity, _ now: Moment) {
    contended[identity.key] = now
    report(
      .apps(identity.key),
      .failing(
        reason:
          "PBX \(identity.pbx) connected \(Replacements.tolerated + 1) times within a minute, each time in place of "
          + "the connection before",
        remedy:
          "Check that no other PBX has this name, and what else connects with the password of this App object."
      ),
      identity.pbx)
  }

  private func app(_ identity: PBXIdentity) -> String { "`\(identity.appSIP)` (\(identity.appGUID))" }

  private mutating func missing(_ api: String, _ identity: PBXIdentity, _ what: String, _ result: String) {
    let mark = Mark(what: what, key: identity.key)
    guard !identity.has(api) else { return remove(mark) }
    report(
      mark, .failing(reason: "\(api) is not ticked: \(result)", remedy: "Tick \(api) at the App object."),
      identity.pbx)
  }

  private func isMaster(_ identity: PBXIdentity) -> Bool { isMaster(identity.key) }
  private func isMaster(_ key: PBXKey) -> Bool { key.pbx == master.lowercased() }

  // MARK: Users

  mutating func usersRead(_ count: Int, of identity: PBXIdentity) {
    guard count % 10 == 0 else { return }
    report(.users(of: identity.key), .pending(progress: "\(count) users so far"))
  }

  mutating func usersLoaded(_ count: Int, of identity: PBXIdentity) {
    report(.users(of: identity.key), .ok(detail: "\(count) users"))
  }

  mutating func usersFailed(
    _ reason: String, of identity: PBXIdentity,
    _ remedy: String = "Check that PbxTableUsers is ticked at the App object."
  ) {
    report(.users(of: identity.key), .failing(reason: reason, remedy: remedy))
  }

  // MARK: Calls

  /// Whether RCC tells about the calls of a PBX; only called when it was asked for.
  mutating func lines(of identity: PBXIdentity, _ failure: String?) {
    let mark = Mark(what: "line state", key: identity.key)
    guard let failure else { return report(mark, .ok(detail: "ringing and hold"), identity.pbx) }
    report(
      mark,
      .failing(
        reason: "ringing and hold are not read: \(failure)",
        remedy: "Tick RCC at the App object, or set `line_state: presence`."),
      identity.pbx)
  }

  // MARK: Licences

  /// Of the answers of late: any success says that the question works.
  mutating func licenceAnswered(_ answer: LicenceAnswer, of identity: PBXIdentity) {
    guard case .failed(let reason) = answer else {
      return report(.licences(of: identity.key), .ok(detail: nil))
    }
    report(
      .licences(of: identity.key),
      .failing(
        reason: "licences cannot be looked up: \(reason)",
        remedy: "Check that Admin is ticked at the App object and that `license` is the licence's name."))
  }

  // MARK: Subscriptions

  /// Whether anything moved since the last call, by the versions of each connection.
  mutating func subscriptionsChanged(_ now: [Int: Int]) -> Bool {
    defer { versions = now }
    return versions != now
  }

  mutating func subscriptions(_ progress: SubscriptionProgress, usersKnown: Bool) {
    let away = homeless.values.reduce(0, +)
    let total = progress.total + away
    guard usersKnown else {
      return report(.subscriptions, .pending(progress: nil))
    }
    if progress.pending > 0 {
      report(.subscriptions, .pending(progress: "\(total - progress.pending - away) of \(total)"))
    } else if let pbx = homeless.keys.min() {
      report(
        .subscriptions,
        .failing(
          reason: "\(away) of \(total) users live on a PBX that is not connected: \(pbx)",
          remedy: "Add the App object on that PBX too, or replicate it there."))
    } else if let refusal = progress.refusal {
      report(
        .subscriptions,
        .failing(
          reason: "\(progress.refused) of \(total) subscriptions fail: \(refusal)",
          remedy: "Check that these users exist in the PBX and that PbxApi is ticked at the App object."))
    } else {
      report(.subscriptions, .ok(detail: "\(total) of \(total)"))
    }
    visibility(progress)
  }

  private mutating func visibility(_ progress: SubscriptionProgress) {
    guard progress.unseen > 0 else {
      guard progress.pending == 0 || reported[.visibility] != nil else { return }
      return report(.visibility, .ok(detail: "\(progress.up) users show their presence"))
    }
    let examples = progress.unseenExamples.joined(separator: ", ")
    let more = progress.unseen > progress.unseenExamples.count ? ", …" : ""
    report(
      .visibility,
      .failing(
        reason:
          "\(progress.unseen) of \(progress.total) users do not show their presence: \(examples)\(more)",
        remedy:
          "Add \(appSIP) in the Visibility tab of these users or of their template, with visible, online, "
          + "presence and otf ticked."))
  }

  // MARK: Names

  /// As soon as there are two domains, the marks of each bear its name.
  private mutating func know(_ domain: String) {
    guard domains.updateValue(domain, forKey: domain.lowercased()) == nil, domains.count == 2 else { return }
    for (mark, old) in reported where mark.key.map({ $0.domain != Self.anyDomain }) == true {
      let check = Check("\(old.name)\(suffix(mark))", old.state, required: old.required)
      health.remove(old.name)
      reported[mark] = check
      health.report(check)
    }
  }

  private func suffix(_ mark: Mark) -> String {
    guard domains.count > 1, let domain = mark.key.flatMap({ domains[$0.domain] }) else { return "" }
    return " (\(domain))"
  }

  /// `pbx` is the name as it is written.
  private mutating func report(_ mark: Mark, _ state: Check.State, _ pbx: String = "") {
    let required = mark.key.map { mark == .users(of: $0) || mark == .login($0) && isMaster($0) } ?? false
    let name = pbx.isEmpty ? mark.what : "\(mark.what) \(pbx)"
    let check = Check("\(name)\(suffix(mark))", state, required: required)
    let old = reported.updateValue(check, forKey: mark)
    if old == check { return }
    // The same PBX may be written otherwise, as in `master`.
    if let old, old.name != check.name { health.remove(old.name) }
    health.report(check)
  }

  private mutating func remove(_ mark: Mark) {
    if let check = reported.removeValue(forKey: mark) { health.remove(check.name) }
  }
}

extension CheckBoard.Mark {
  fileprivate static let subscriptions = Self(what: "subscriptions", key: nil)
  fileprivate static let visibility = Self(what: "visibility", key: nil)
  fileprivate static func apps(_ key: PBXKey) -> Self { Self(what: "App objects", key: key) }
  fileprivate static func login(_ key: PBXKey) -> Self { Self(what: "login", key: key) }
  /// Of the whole domain.
  fileprivate static func users(of key: PBXKey) -> Self {
    Self(what: "users", key: PBXKey(domain: key.domain, pbx: ""))
  }
  fileprivate static func licences(of key: PBXKey) -> Self {
    Self(what: "licences", key: PBXKey(domain: key.domain, pbx: ""))
  }
}

extension Check {
  fileprivate var isFailing: Bool { if case .failing = state { true } else { false } }
}
