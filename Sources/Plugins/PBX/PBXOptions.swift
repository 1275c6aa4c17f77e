// Every option of `type: pbx`, read once. What the protocol notes only infer is an option here.

import OpenSSLCrypto
import PluginAPI

struct PBXOptions: Sendable {
  let domain: String?
  let master: String
  let path: String
  /// The last part of the App object's URL.
  let appName: String
  let password: Secret
  let previousPasswords: [Secret]
  let attemptsPerMinute: Int
  /// PBXs that the gateway dials.
  let connect: [DialledPBX]
  let longestRedial: Duration
  let contact: String
  let presentingAs: PresentingForm
  let users: UserRules
  let licenseInterval: Duration
  let resumeUsers: Bool
  let resumeLimits: ResumeLimits
  let lineState: LineSource
  let diallingCounts: Bool
  let ownCallsAreInRCC: Bool
  let notes: NoteForm
  let subscribePerSecond: Int
  let updatesPerSecond: Int
  let answerTimeout: Duration
  let keepAlive: Duration
  let settleTime: Duration

  init(_ config: ConfigSection) {
    domain = config.optionalString(
      "domain", "the PBX's System Name; when set, a login of another domain is refused")
    master = config.string("master", "the master PBX's name (not its DNS name)")
    if let dot = master.firstIndex(of: ".") {
      config.reject(
        "master", "the PBX's name, not its DNS name: write `\(master[..<dot])`, not `\(master)`")
    }
    let app = config.section("app", "the App object in the PBX")
    path = app.string("path", "the path that the PBX dials: the App object's URL without host and last part")
    if !path.isEmpty, !path.hasPrefix("/") { app.reject("path", "must begin with /, is \(path)") }
    appName = app.string(
      "name", default: "presence-gateway",
      "the last part of the App object's URL: where its page and icon are")
    if appName.contains(where: { !$0.isASCII || !($0.isLetter || $0.isNumber || "-_.".contains($0)) }) {
      app.reject("name", "must be of letters, digits, -, _ and ., is \(appName)")
    }
    password = app.secret("password", "the App object's password")
    previousPasswords = app.secrets(
      "previous_passwords", "passwords that an App object may still have while it is changed everywhere")
    attemptsPerMinute = app.int(
      "attempts_per_minute", default: 20, in: 1...1000,
      "wrong logins in a minute from one address (of IPv6: one /64), after which it is not heard for a minute"
    )

    let (domain, master, appName, passwords) = (domain, master, appName, [password] + previousPasswords)
    connect = config.sections("connect", "PBXs that cannot reach the gateway: it dials them").map {
      DialledPBX($0, domain: domain, master: master, appName: appName, passwords: passwords)
    }
    var dialled: Set<PBXKey> = []
    for pbx in connect where !dialled.insert(pbx.key).inserted {
      config.reject("connect", "must name each PBX once, names \(pbx.name) of \(pbx.domain) again")
    }
    longestRedial = config.duration(
      "redial", default: .seconds(30), in: .seconds(1)...(.seconds(600)),
      "the longest pause before a PBX of `connect` is dialled again")

    // (I) No contact for Teams is documented. Sources are told apart by their contact, so one of our own is
    // expected to be one more entry in the list; it must not be one that others write, as ours is never read. For a
    // PBX that shows known contacts only there is tel:, the user's own, which is given back afterwards.
    contact = config.string(
      "contact", default: "teams:",
      "the contact under which states are written; tel: borrows the user's own entry")
    if ["im:", "calendar:", "cal:"].contains(contact.lowercased()) || !contact.hasSuffix(":") {
      config.reject(
        "contact", "must be a contact of its own, such as teams:, or tel:, is \(contact)")
    }
    presentingAs = config.choice(
      "presenting_as", default: PresentingForm.onThePhone, "how the PBX shows somebody who is presenting")
    users = UserRules(
      hidden: config.choice(
        "hidden_users", default: HiddenUsers.include, "users that the PBX hides from its directory"),
      groups: config.strings("groups", "only members of one of these PBX groups take part; empty: everybody"),
      license: config.optionalString(
        "license",
        "only users with this licence take part, such as App(innovaphone-microsoft365); needs the Admin tick")
    )
    licenseInterval = config.duration(
      "license_interval", default: .seconds(3600), in: .seconds(60)...(.seconds(86400)),
      "how often licences are looked up again")
    // (I) A PBX that cannot tell the changes alone is documented to send everybody instead.
    resumeUsers = config.bool(
      "resume_users", default: true,
      "after a reconnect read only the users that changed; false reads everybody each time")
    // (I) Whether it tells who was deleted meanwhile is not.
    resumeLimits = ResumeLimits(
      resumeWithin: config.duration(
        "resume_within", default: .seconds(3600), in: .zero...(.seconds(30 * 86400)),
        "after a longer absence of its PBX everybody is read, not only the users that changed"),
      rereadEvery: config.duration(
        "reread_users", default: .seconds(86400), in: .seconds(60)...(.seconds(30 * 86400)),
        "how long only changes are read until everybody is read again"))
    lineState = config.choice(
      "line_state", default: LineSource.presence,
      "where calls are read from; rcc adds ringing and hold, and needs the RCC tick")
    diallingCounts = config.bool(
      "dialling_is_call", default: false,
      "with rcc: somebody who is calling out is on the phone before the other end answers")
    // (I) Taking our own call for one of the telephone would never end; not seeing a real one beside it ends with ours.
    ownCallsAreInRCC = config.bool(
      "own_calls_in_rcc", default: true,
      "with rcc: whether it may list the calls made for users; false reads a real call beside such a one too")
    notes = config.choice(
      "notes", default: NoteForm.withState, "notes from elsewhere: beside a state, also alone, or never")
    // (?) A limit of the PBX is not documented.
    subscribePerSecond = config.int(
      "subscribe_per_second", default: 50, in: 1...10_000,
      "presence subscriptions opened or ended per second and PBX")
    updatesPerSecond = config.int(
      "updates_per_second", default: 500, in: 1...10_000, "presence changes written per second, steadily")
    answerTimeout = config.duration(
      "answer_timeout", default: .seconds(15), in: .seconds(1)...(.seconds(300)),
      "how long the PBX may take for a login or an answer")
    // (?) How often a PBX gives a sign of life is not documented.
    keepAlive = config.duration(
      "keep_alive", default: .seconds(30), in: .seconds(1)...(.seconds(3600)),
      "how often a sign of life is sent; a PBX silent for three times as long is dropped")
    // (I) The PBX may report the end of our own call a little after it answered the removal.
    settleTime = config.duration(
      "call_settles_in", default: .seconds(2), in: .zero...(.seconds(60)),
      "how long on-the-phone is ignored after our own call was removed")
  }

  /// Whether the master is one of those that the gateway dials.
  var dialsMaster: Bool { connect.contains(where: \.isMaster) }

  /// Whether states are written where the users write theirs.
  var borrows: Bool { session.borrows }

  var session: SessionSettings {
    let secrets = [password] + previousPasswords
    return SessionSettings(
      domain: domain, master: master, contact: contact, subscribePerSecond: subscribePerSecond,
      answerTimeout: answerTimeout, keepAlive: keepAlive, settleTime: settleTime,
      license: users.license, licenseInterval: licenseInterval, lineState: lineState,
      diallingCounts: diallingCounts, ownCallsAreInRCC: ownCallsAreInRCC,
      newChallenge: { Hex.encode(SecureRandom.bytes(8)) },
      passwords: { secrets.map { (try? $0.reveal()) ?? "" } })
  }
}
