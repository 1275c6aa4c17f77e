// One message from the PBX, read leniently: unknown members are skipped, missing ones are nil.

import FoundationEssentials

/// Members as in the innovaphone SDK: AppWebsocket, PbxApi, PbxImpersonation, PbxTableUsers, PbxAdminApi and RCC.
struct Incoming: Sendable, Decodable {
  /// The message type; empty when it was missing.
  let mt: String
  let api: String?
  let src: String?
  let app: String?
  let domain: String?
  let sip: String?
  let guid: String?
  let dn: String?
  let digest: String?
  /// Older PBXs send it as a number.
  let challenge: String?
  /// Whether `pbxObj` is there: only logins of users carry it.
  let namesPBXObject: Bool
  let pbx: String?
  let apis: [String]?
  let up: Bool
  let presence: [PresenceEntry]?
  let columns: UserRow?
  let id: Int?
  let target: String?
  /// Where the row stands in the PBX's sequence of changes.
  let usn: Int?
  /// The verdict of CheckAppLic and of a login.
  let ok: Bool
  /// MonitorUnallowed: whose visibility is missing, and for whom.
  let user: String?
  let sources: [String]
  /// RCC: the call, its state bits and what happened to it.
  let call: Int?
  let state: Int?
  let msg: String?
  let h323: String?
  /// What a `…Result` complains about, or nil when it reports success.
  let failure: String?
  /// The raw, compacted `info` of an AppLogin.
  private(set) var info: [UInt8]?

  /// Nil when `text` is no JSON object.
  init?(_ text: [UInt8]) {
    guard let message = try? JSONDecoder().decode(Incoming.self, from: Data(text)) else { return nil }
    self = message
    if mt == "AppLogin" { info = RawJSON.member("info", of: text) }
  }

  private enum Key: String, CodingKey {
    case mt, api, src, app, domain, sip, guid, dn, digest, challenge, pbxObj, pbx, apis, up, presence,
      columns, id,
      target
    case usn, ok, user, srcs, call, state, msg, h323, error, errorText
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    mt = members.text(.mt) ?? ""
    api = members.text(.api)
    src = members.text(.src)
    app = members.text(.app)
    domain = members.text(.domain)
    sip = members.text(.sip)
    guid = members.text(.guid)
    dn = members.text(.dn)
    digest = members.text(.digest)
    challenge = members.text(.challenge)
    namesPBXObject = members.contains(.pbxObj)
    pbx = members.text(.pbx)
    apis = members.contains(.apis) ? members.list(.apis, of: String.self) : nil
    up = members.flag(.up)
    presence = members.contains(.presence) ? members.list(.presence, of: PresenceEntry.self) : nil
    columns = try? members.decodeIfPresent(UserRow.self, forKey: .columns)
    id = members.number(.id)
    target = members.text(.target)
    usn = members.number(.usn)
    ok = members.flag(.ok)
    user = members.text(.user)
    sources =
      members.contains(.srcs)
      ? members.list(.srcs, of: NamedItem.self).map(\.name).filter { !$0.isEmpty } : []
    call = members.number(.call)
    state = members.number(.state)
    msg = members.text(.msg)
    h323 = members.text(.h323)
    let text = members.text(.errorText).flatMap { $0.isEmpty ? nil : $0 }
    let code = members.text(.error).flatMap { $0 == "0" || $0.isEmpty ? nil : "error \($0)" }
    failure = code.map { code in text.map { "\($0) (\(code))" } ?? code } ?? text
    info = nil
  }
}
