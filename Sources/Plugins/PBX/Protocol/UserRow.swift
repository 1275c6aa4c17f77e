// One row of the PBX's user table, restricted to the columns that `Replication` asks for.

struct UserRow: Sendable, Decodable, Hashable {
  var guid = ""
  var h323 = ""
  var cn = ""
  var dn = ""
  var e164 = ""
  var loc = ""
  var hide = false
  /// The kind of object; empty for a normal user.
  var pseudo = ""
  /// `<h323>@<domain>` is the user's first e-mail address.
  var h323IsEmail = false
  /// Entries without `@` are to be completed with the PBX's domain.
  var emails: [String] = []
  var groups: [String] = []

  private enum Key: String, CodingKey {
    case guid, h323, cn, dn, e164, loc, hide, pseudo, emails, grps
    case h323Email = "h323-email"
  }
  private struct Email: Decodable {
    let email: String?
    private enum Key: String, CodingKey { case email }
    init(from decoder: any Decoder) { email = (try? decoder.container(keyedBy: Key.self))?.text(.email) }
  }
  private struct Pseudo: Decodable { let type: String }

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
    // A word, or an object that names its type, as UpdateObject takes it.
    if members.contains(.pseudo) {
      pseudo = members.text(.pseudo) ?? (try? members.decode(Pseudo.self, forKey: .pseudo))?.type ?? ""
    }
    h323IsEmail = members.flag(.h323Email)
    emails = members.list(.emails, of: Email.self).compactMap(\.email)
    groups = members.list(.grps, of: NamedItem.self).map(\.name).filter { !$0.isEmpty }
  }
}

/// An item of a list whose name is all that is of use, as in `grps` and `srcs`.
struct NamedItem: Decodable {
  let name: String
  private enum Key: String, CodingKey { case name }
  /// Never throws: an item that is no object has no name.
  init(from decoder: any Decoder) { name = (try? decoder.container(keyedBy: Key.self))?.text(.name) ?? "" }
}
