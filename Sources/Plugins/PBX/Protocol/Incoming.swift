// One message from the PBX, read leniently: unknown members are skipped, missing ones are nil.

import FoundationEssentials

/// Members as in the innovaphone SDK: AppWebsocket, PbxApi, PbxImpersonation and PbxTableUsers.
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
  /// Whether `pbxObj` is there: only logins of users carry it.
  let namesPBXObject: Bool
  let pbx: String?
  let apis: [String]?
  let up: Bool
  let presence: [PresenceEntry]?
  let columns: UserRow?
  let id: Int?
  let target: String?
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
    case mt, api, src, app, domain, sip, guid, dn, digest, pbxObj, pbx, apis, up, presence, columns, id,
      target
    case error, errorText
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
    namesPBXObject = members.contains(.pbxObj)
    pbx = members.text(.pbx)
    apis = members.contains(.apis) ? members.list(.apis, of: String.self) : nil
    up = members.flag(.up)
    presence = members.contains(.presence) ? members.list(.presence, of: PresenceEntry.self) : nil
    columns = try? members.decodeIfPresent(UserRow.self, forKey: .columns)
    id = members.number(.id)
    target = members.text(.target)
    let text = members.text(.errorText).flatMap { $0.isEmpty ? nil : $0 }
    let code = members.text(.error).flatMap { $0 == "0" || $0.isEmpty ? nil : "error \($0)" }
    failure = code.map { code in text.map { "\($0) (\(code))" } ?? code } ?? text
    info = nil
  }
}

/// One source's entry in a user's presence list; the newest comes first.
struct PresenceEntry: Sendable, Decodable, Hashable {
  /// The source, such as `tel:`, `im:` or `calendar:`.
  let contact: String
  let activity: String
  let note: String

  init(contact: String, activity: String = "", note: String = "") {
    self.contact = contact
    self.activity = activity
    self.note = note
  }

  private enum Key: String, CodingKey { case contact, activity, note }

  /// Never throws: an entry that is no object reads as an empty one.
  init(from decoder: any Decoder) {
    let members = try? decoder.container(keyedBy: Key.self)
    contact = members?.text(.contact) ?? ""
    activity = members?.text(.activity) ?? ""
    note = members?.text(.note) ?? ""
  }
}

/// One row of the PBX's user table, restricted to the columns that `Replication` asks for.
struct UserRow: Sendable, Decodable, Hashable {
  var guid = ""
  var h323 = ""
  var cn = ""
  var dn = ""
  var e164 = ""
  var loc = ""
  var hide = false
  /// `<h323>@<domain>` is the user's first e-mail address.
  var h323IsEmail = false
  /// Entries without `@` are to be completed with the PBX's domain.
  var emails: [String] = []

  private enum Key: String, CodingKey {
    case guid, h323, cn, dn, e164, loc, hide, emails
    case h323Email = "h323-email"
  }
  private struct Email: Decodable {
    let email: String?
    private enum Key: String, CodingKey { case email }
    init(from decoder: any Decoder) { email = (try? decoder.container(keyedBy: Key.self))?.text(.email) }
  }

  init(guid: String, h323: String = "", cn: String = "", e164: String = "", loc: String = "") {
    self.guid = guid
    self.h323 = h323
    self.cn = cn
    self.e164 = e164
    self.loc = loc
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    guid = members.text(.guid) ?? ""
    h323 = members.text(.h323) ?? ""
    cn = members.text(.cn) ?? ""
    dn = members.text(.dn) ?? ""
    e164 = members.text(.e164) ?? ""
    loc = members.text(.loc) ?? ""
    hide = members.flag(.hide)
    h323IsEmail = members.flag(.h323Email)
    emails = members.list(.emails, of: Email.self).compactMap(\.email)
  }
}
