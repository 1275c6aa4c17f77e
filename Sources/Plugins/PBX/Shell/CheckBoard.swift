// The check marks of the connector, each red one with its remedy in one sentence.

import PluginAPI

struct CheckBoard {
  /// How long a PBX may take to dial in before the mark turns red.
  static let patience = Duration.seconds(30)

  var homeless: [String: Int] = [:] { didSet { if homeless != oldValue { versions = nil } } }
  private let master: String
  private let license: String?
  private let health: any HealthReporter
  /// What to type into the App object, without its last part.
  private let address: String
  /// Where the master is dialled; nil when it dials in.
  private let masterURL: String?
  private var waitingSince: Moment?
  private var masterIsConnected = false
  private var lastRefusal: String?
  private var otherPBX: String?
  private(set) var appSIP = "the App object's SIP name"
  private var versions: [Int: Int]?
  private var reported: [String: Check] = [:]

  init(_ options: PBXOptions, _ context: PluginContext) {
    master = options.master
    license = options.users.license
    health = context.health
    masterURL = options.connect.first(where: \.isMaster)?.url
    address = "\(context.publicURL ?? "https://<this gateway>")\(options.path)"
  }

  mutating func begin(_ now: Moment) {
    waitingSince = now
    versions = nil
    for check in reported.values { health.report(check) }
  }

  // MARK: For the doctor

  /// Whether the master is there with its users, or it is known why not.
  var isSettled: Bool {
    guard masterIsConnected else { return reported["login \(master)"]?.isFailing == true }
    if case .pending = reported["users"]?.state { return false }
    return reported["users"] != nil
  }

  /// What does not depend on whom the routes are for.
  var ofPBXs: [Check] {
    reported.values.filter { !["subscriptions", "visibility"].contains($0.name) }.sorted { $0.name < $1.name }
  }

  // MARK: Logins

  mutating func connected(_ identity: PBXIdentity) {
    if isMaster(identity) {
      masterIsConnected = true
      lastRefusal = nil
      appSIP = identity.appSIP.isEmpty ? appSIP : "`\(identity.appSIP)`"
      if !identity.has("PbxTableUsers") {
        usersFailed("the App object may not read users", "Tick PbxTableUsers at the App object.")
      }
    } else {
      otherPBX = identity.pbx
    }
    let roll = identity.passwordIsOld ? ", with one of previous_passwords: change it at the App object" : ""
    report(
      "login \(identity.pbx)", .ok(detail: "domain \(identity.domain)\(roll)"), required: isMaster(identity))
    missing("PbxApi", identity, "reading and writing", "presence can be neither read nor written")
    if license != nil, isMaster(identity), !identity.has("PbxAdminApi") {
      report(
        "licences",
        .failing(
          reason: "PbxAdminApi is not ticked: licences cannot be looked up",
          remedy: "Tick Admin at the App object, or leave out `license`."),
        required: false)
    }
    missing(
      "PbxImpersonation", identity, "calls", "calls from elsewhere are shown as busy instead of on-the-phone")
  }

  mutating func lost(_ identity: PBXIdentity, _ reason: String, dialled: DialledPBX?) {
    if isMaster(identity) { masterIsConnected = false }
    if let dialled { return cannotDial(dialled, DialTrouble(unanswered: reason, dialled)) }
    report(
      "login \(identity.pbx)",
      .failing(
        reason: reason,
        remedy: "The PBX dials again by itself; if it does not, check that it reaches \(address)."),
      required: isMaster(identity))
  }

  mutating func cannotDial(_ pbx: DialledPBX, _ trouble: DialTrouble) {
    report(
      "login \(pbx.name)", .failing(reason: trouble.reason, remedy: trouble.remedy),
      required: pbx.isMaster)
  }

  mutating func refused(_ reason: LoginRefusal, _ host: String) {
    guard !masterIsConnected, masterURL == nil else { return }
    switch reason {
    case .wrongDigest: lastRefusal = "a login from \(host) was refused, its password is wrong"
    case .otherDomain: lastRefusal = "a login from \(host) was refused, it is of another domain"
    case .tooOften: lastRefusal = "\(host) is not heard for a minute, it logged in wrongly too often"
    case .noPassword: lastRefusal = "a login from \(host) was refused, app.password cannot be read"
    default: return
    }
    reportMasterFailing()
  }

  mutating func tick(_ now: Moment) {
    guard !masterIsConnected, let waitingSince, reported["login \(master)"]?.isFailing != true else { return }
    if let masterURL {
      return report("login \(master)", .pending(progress: "dialling \(masterURL)"), required: true)
    }
    if now - waitingSince >= Self.patience { return reportMasterFailing() }
    report(
      "login \(master)", .pending(progress: "waiting for PBX \(master) to dial \(address)"), required: true)
  }

  private mutating func reportMasterFailing() {
    let reason = lastRefusal ?? "PBX \(master) has not logged in"
    let hint = otherPBX.map { " The PBX \($0) is connected: is `master` its name?" } ?? ""
    let remedy =
      "Check the App object in the PBX: URL \(address)/<any name>, the same password as app.password, "
      + "websocket ticked." + hint
    report("login \(master)", .failing(reason: reason, remedy: remedy), required: true)
  }

  private mutating func missing(_ api: String, _ identity: PBXIdentity, _ what: String, _ result: String) {
    let name = "\(what) \(identity.pbx)"
    if identity.has(api) {
      if reported.removeValue(forKey: name) != nil { health.remove(name) }
    } else {
      report(
        name, .failing(reason: "\(api) is not ticked: \(result)", remedy: "Tick \(api) at the App object."),
        required: false)
    }
  }

  private func isMaster(_ identity: PBXIdentity) -> Bool { identity.pbx.lowercased() == master.lowercased() }

  // MARK: Users

  mutating func usersRead(_ count: Int) {
    guard count % 10 == 0 else { return }
    report("users", .pending(progress: "\(count) users so far"), required: true)
  }

  mutating func usersLoaded(_ count: Int) {
    report("users", .ok(detail: "\(count) users"), required: true)
  }

  mutating func usersFailed(
    _ reason: String, _ remedy: String = "Check that PbxTableUsers is ticked at the App object."
  ) {
    report("users", .failing(reason: reason, remedy: remedy), required: true)
  }

  // MARK: Calls

  /// Whether RCC tells about the calls of a PBX; only called when it was asked for.
  mutating func lines(of identity: PBXIdentity?, _ failure: String?) {
    guard let identity else { return }
    let name = "line state \(identity.pbx)"
    guard let failure else { return report(name, .ok(detail: "ringing and hold"), required: false) }
    report(
      name,
      .failing(
        reason: "ringing and hold are not read: \(failure)",
        remedy: "Tick RCC at the App object, or set `line_state: presence`."),
      required: false)
  }

  // MARK: Licences

  /// Of the answers of late: any success says that the question works.
  mutating func licenceAnswered(_ answer: LicenceAnswer) {
    guard case .failed(let reason) = answer else {
      return report("licences", .ok(detail: nil), required: false)
    }
    report(
      "licences",
      .failing(
        reason: "licences cannot be looked up: \(reason)",
        remedy: "Check that Admin is ticked at the App object and that `license` is the licence's name."),
      required: false)
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
      return report("subscriptions", .pending(progress: nil), required: false)
    }
    if progress.pending > 0 {
      report(
        "subscriptions", .pending(progress: "\(total - progress.pending - away) of \(total)"), required: false
      )
    } else if let pbx = homeless.keys.min() {
      report(
        "subscriptions",
        .failing(
          reason: "\(away) of \(total) users live on a PBX that is not connected: \(pbx)",
          remedy: "Add the App object on that PBX too, or replicate it there."),
        required: false)
    } else if let refusal = progress.refusal {
      report(
        "subscriptions",
        .failing(
          reason: "\(progress.refused) of \(total) subscriptions fail: \(refusal)",
          remedy: "Check that these users exist in the PBX and that PbxApi is ticked at the App object."),
        required: false)
    } else {
      report("subscriptions", .ok(detail: "\(total) of \(total)"), required: false)
    }
    visibility(progress)
  }

  private mutating func visibility(_ progress: SubscriptionProgress) {
    guard progress.unseen > 0 else {
      guard progress.pending == 0 || reported["visibility"] != nil else { return }
      return report("visibility", .ok(detail: "\(progress.up) users show their presence"), required: false)
    }
    let examples = progress.unseenExamples.joined(separator: ", ")
    let more = progress.unseen > progress.unseenExamples.count ? ", …" : ""
    report(
      "visibility",
      .failing(
        reason:
          "\(progress.unseen) of \(progress.total) users do not show their presence: \(examples)\(more)",
        remedy:
          "Add \(appSIP) in the Visibility tab of these users or of their template, with visible, online, "
          + "presence and otf ticked."),
      required: false)
  }

  private mutating func report(_ name: String, _ state: Check.State, required: Bool) {
    let check = Check(name, state, required: required)
    guard reported[name] != check else { return }
    reported[name] = check
    health.report(check)
  }
}

extension Check {
  fileprivate var isFailing: Bool { if case .failing = state { true } else { false } }
}
