// Who may speak: the App object of a PBX that knows the password; and its users, as visitors.

import FoundationEssentials
import OpenSSLCrypto

/// Why a login was refused; the raw value is a metric label.
enum LoginRefusal: String, Sendable, CaseIterable {
  case wrongDigest = "wrong_digest"
  case otherDomain = "other_domain"
  case again
  case noChallenge = "no_challenge"
  case noPassword = "no_password"
  case tooLate = "too_late"
  case tooMany = "too_many"
  case tooOften = "too_often"
  case notAProtocol = "garbage"

  /// What the peer is told, and the log too.
  var text: String {
    switch self {
    case .wrongDigest: "wrong password"
    case .otherDomain: "this gateway serves another domain"
    case .again: "this connection is logged in already"
    case .noChallenge: "ask for a challenge first, and use it once"
    case .noPassword: "the gateway cannot read its password"
    case .tooLate: "no login in time"
    case .tooMany: "too many connections that are not logged in"
    case .tooOften: "too many wrong logins from this address"
    case .notAProtocol: "not the protocol of a PBX"
    }
  }

  /// Whether it counts as a wrong guess of the peer: what the gateway's own state refuses does not.
  var isGuess: Bool {
    switch self {
    case .wrongDigest, .otherDomain, .again, .noChallenge, .notAProtocol: true
    case .noPassword, .tooLate, .tooMany, .tooOften: false
    }
  }
}

/// The login as a small state machine: challenge, answer, once.
struct Login: Sendable {
  enum Outcome: Sendable, Equatable {
    case challenge(Outgoing)
    case accepted(Outgoing, LoggedInApp)
    /// A user, for whom the PBX has computed the digest.
    case visitor(Outgoing)
    case refused(LoginRefusal, Outgoing)
  }
  private enum Step {
    case fresh
    case challenged(String)
    case accepted
  }

  /// 16 characters, never the same twice.
  let newChallenge: @Sendable () -> String
  /// The password of now, empty when it cannot be read; behind it those that are still good during a roll-over.
  let passwords: @Sendable () -> [String]
  /// Only this domain, when set.
  let domain: String?
  private var step = Step.fresh

  init(
    newChallenge: @escaping @Sendable () -> String, passwords: @escaping @Sendable () -> [String],
    domain: String?
  ) {
    self.newChallenge = newChallenge
    self.passwords = passwords
    self.domain = domain
  }

  var isAccepted: Bool { if case .accepted = step { true } else { false } }

  /// Answers AppChallenge and AppLogin; nil for any other message.
  mutating func handle(_ message: Incoming) -> Outcome? {
    switch message.mt {
    case "AppChallenge":
      if isAccepted { return refusal(.again, message) }
      let challenge = newChallenge()
      step = .challenged(challenge)
      return .challenge(.challenge(challenge, src: message.src))
    case "AppLogin": return login(message)
    default: return nil
    }
  }

  private mutating func login(_ message: Incoming) -> Outcome {
    if isAccepted { return refusal(.again, message) }
    guard case .challenged(let challenge) = step else { return refusal(.noChallenge, message) }
    step = .fresh
    // The digest joins by colons and escapes none: with one inside, the same text could be cut in two ways.
    let names = [message.app, message.domain, message.sip, message.guid]
    if names.contains(where: { $0?.contains(":") == true }) { return refusal(.notAProtocol, message) }
    let passwords = passwords()
    if passwords.allSatisfy(\.isEmpty) { return refusal(.noPassword, message) }
    let digest = LoginDigest(
      app: message.app ?? "", domain: message.domain ?? "", sip: message.sip ?? "", guid: message.guid ?? "",
      dn: message.dn ?? "", info: message.info, challenge: challenge)
    guard let match = digest.match(message.digest ?? "", among: passwords) else {
      return refusal(.wrongDigest, message)
    }
    if let domain, domain.lowercased() != (message.domain ?? "").lowercased() {
      return refusal(.otherDomain, message)
    }
    step = .accepted
    let answer = Outgoing.loginAccepted(app: message.app, domain: message.domain, src: message.src)
    guard isAppObject(message) else { return .visitor(answer) }
    let app = LoggedInApp(
      sip: message.sip ?? "", guid: message.guid ?? "", domain: message.domain ?? "", passwordIsOld: match > 0
    )
    return .accepted(answer, app)
  }

  private func refusal(_ reason: LoginRefusal, _ message: Incoming) -> Outcome {
    .refused(reason, .loginRefused(reason.text, src: message.src))
  }

  /// Whoever does not prove to be the App object is a user. The PBX computes digests for its users too, who send them as
  /// they like: only what the digest covers counts, and that is cut unambiguously only where `info` is its own member.
  /// (I) The App object's own login has `info`, with itself as `appobj` and without groups; a manager's has a guid of
  /// zeros.
  private func isAppObject(_ message: Incoming) -> Bool {
    if message.namesPBXObject { return false }
    if let guid = message.guid, !guid.isEmpty, guid.allSatisfy({ $0 == "0" }) { return false }
    guard let info = message.info, let claims = try? JSONDecoder().decode(Claims.self, from: Data(info)),
      let object = claims.appobj, let sip = message.sip, !sip.isEmpty
    else { return false }
    return !claims.hasGroups && object.lowercased() == sip.lowercased()
  }

  private struct Claims: Decodable {
    let appobj: String?
    let hasGroups: Bool
    private enum Key: String, CodingKey { case appobj, groups }
    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Key.self)
      appobj = members.text(.appobj)
      hasGroups = members.contains(.groups)
    }
  }
}

/// The App object behind an accepted login.
struct LoggedInApp: Sendable, Hashable {
  /// The object's SIP name: what has to stand in the users' Visibility tab.
  let sip: String
  var guid = ""
  let domain: String
  /// It knows one of `previous_passwords` only.
  let passwordIsOld: Bool
}
