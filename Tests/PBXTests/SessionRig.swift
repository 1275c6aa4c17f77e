// A session with a PBX played by the test: logged in, with the answers a PBX would give.

import FoundationEssentials
import PluginAPI
import PluginTestKit

@testable import PBX

/// A pure session, its time, and what it has sent.
struct SessionRig {
  var session: PBXSession
  var now = Moment(nanoseconds: 0)

  init(_ change: (inout SessionSettings) -> Void = { _ in }) {
    var settings = SessionSettings(
      newChallenge: { "0123456789abcdef" }, passwords: { ["pwd"] })
    change(&settings)
    session = PBXSession(settings, now: now)
  }

  mutating func receive(_ text: String) -> [PBXSession.Effect] { session.handle(Array(text.utf8), now: now) }

  mutating func advance(_ duration: Duration) -> [PBXSession.Effect] {
    now = now + duration
    return session.tick(now)
  }

  /// Logs in and sends PbxInfo; returns the effects of PbxInfo.
  @discardableResult mutating func connect(
    pbx: String = "pbx", apis: [String] = ["PbxApi", "PbxTableUsers", "PbxImpersonation"]
  ) -> [PBXSession.Effect] {
    _ = receive(#"{"mt":"AppChallenge"}"#)
    _ = receive(PBXText.login(challenge: "0123456789abcdef"))
    return receive(PBXText.info(pbx: pbx, apis: apis))
  }

  mutating func watch(_ guid: String) -> [PBXSession.Effect] {
    let effects = session.watch(UserID(guid), sip: "sip-\(guid)", now: now)
    _ = receive(#"{"mt":"PresenceState","src":"p:\#(guid)","api":"PbxApi","up":true}"#)
    return effects
  }

  mutating func deliver(
    _ guid: String, _ presence: Presence, previous: Presence = .available, token: Int = 1,
    repair: Bool = false
  ) -> [PBXSession.Effect] {
    session.deliver(
      WriteOrder(
        token: token, user: UserID(guid), sip: "sip-\(guid)", presence: presence, previous: previous,
        isRepair: repair),
      now: now)
  }
}

/// The PBX's messages, as the notes give them.
enum PBXText {
  static func login(
    challenge: String, password: String = "pwd", sip: String = "presence-gw", domain: String = "example.com",
    guid: String = "8e7ca6fabbc5630170e9009033400109", dn: String = "Gateway",
    info: String? = #"{"appobj":"presence-gw","apps":[]}"#, extra: String = ""
  ) -> String {
    let digest = LoginDigest(
      app: "microsoft365", domain: domain, sip: sip, guid: guid, dn: dn,
      info: info.map { Array($0.utf8) },
      challenge: challenge
    ).hex(password: password)
    let infoMember = info.map { #","info":\#($0)"# } ?? ""
    let dn = dn.replacing("\"", with: "\\\"")
    return #"{"mt":"AppLogin","sip":"\#(sip)","guid":"\#(guid)","dn":"\#(dn)","digest":"\#(digest)","#
      + #""domain":"\#(domain)","app":"microsoft365"\#(infoMember)\#(extra)}"#
  }

  static func info(pbx: String, domain: String = "example.com", apis: [String]) -> String {
    let list = apis.map { #""\#($0)""# }.joined(separator: ",")
    return #"{"mt":"PbxInfo","domain":"\#(domain)","pbx":"\#(pbx)","pbxDns":"pbx.example.com","#
      + #""apis":[\#(list)],"version":"14r2","build":"1423000"}"#
  }

  static func row(
    _ mt: String, src: String, guid: String, loc: String = "pbx", more: String = ""
  ) -> String {
    #"{"mt":"\#(mt)","src":"\#(src)","api":"PbxTableUsers","columns":{"guid":"\#(guid)","#
      + #""h323":"sip-\#(guid)","cn":"Name \#(guid)","loc":"\#(loc)"\#(more)}}"#
  }

  static func presence(_ guid: String, _ entries: String) -> String {
    #"{"mt":"PresenceUpdate","src":"p:\#(guid)","api":"PbxApi","presence":[\#(entries)]}"#
  }
}

extension [PBXSession.Effect] {
  var sent: [Outgoing] { compactMap { if case .send(let message) = $0 { message } else { nil } } }
  var reported: [Presence] {
    compactMap { if case .presence(let event) = $0 { event.presence } else { nil } }
  }
  var outcomes: [DeliveryOutcome] {
    compactMap { if case .settled(_, let outcome) = $0 { outcome } else { nil } }
  }
}
