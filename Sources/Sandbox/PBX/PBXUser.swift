// One user object of the simulated PBX, with everything that belongs to the person and not to a connection.

public struct PBXUser: Sendable, Hashable {
  /// 32 lower-case hex digits; never changes.
  public let guid: String
  /// The simulated human behind it, or nil for an object that nobody in the population owns.
  public let person: Int?
  /// SIP name (column `h323`).
  public var sip: String
  /// Long name.
  public var cn: String
  /// Display name.
  public var dn: String
  public var number: String
  public var mail: Mail
  /// The name of the PBX where the user is homed (column `loc`).
  public var loc: String
  /// Names of the groups (`grps`) the user is in.
  public var groups: [String] = []
  /// Hidden from the directory.
  public var hidden = false
  /// The kind of object; empty for a user.
  public var pseudo = ""
  /// Licences such as `App(innovaphone-microsoft365)`.
  public var licences: Set<String> = ["App(innovaphone-microsoft365)"]
  /// Whether the App object's SIP name is on the user's "Visibility" tab.
  public var allowed = true
  /// Newest first; one entry for each contact URI.
  var presence = [PBXPresenceEntry(contact: "tel:"), PBXPresenceEntry(contact: "im:", open: false)]
  var phone = DeskPhone.idle
  var alienCalls = 0
  /// The update sequence number of the last change of the row.
  var usn = 0

  public init(
    guid: String, person: Int? = nil, sip: String, cn: String, dn: String? = nil, number: String, mail: Mail,
    loc: String
  ) {
    self.guid = guid
    self.person = person
    self.sip = sip
    self.cn = cn
    self.dn = dn ?? cn
    self.number = number
    self.mail = mail
    self.loc = loc
  }

  /// How a PBX writes addresses down: administrators use all three, so a reader must know all three.
  public enum Mail: Sendable, Hashable {
    /// `h323-email`: the address is the SIP name at the system's domain.
    case sipName
    /// An entry of `emails`; without `@` it stands for that name at the system's domain.
    case listed(String)
    case absent
  }

  enum DeskPhone: Sendable, Hashable { case idle, ringing, connected, held }

  /// Desk phone or alien call: either makes the PBX say on-the-phone.
  var onThePhone: Bool { phone == .connected || phone == .held || alienCalls > 0 }
}

/// What one source (contact URI) says about the user.
public struct PBXPresenceEntry: Sendable, Hashable {
  public let contact: String
  public var open = true
  /// RFC 4480 word or `dnd`; empty means available.
  public var activity = ""
  public var note = ""
}
