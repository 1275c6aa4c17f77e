// What all the simulated PBXs of one installation know together: a value, so that conversations can be tested
// as values.

import OpenSSLCrypto

/// The App object as the administrator configured it on every PBX.
public struct PBXAppObject: Sendable, Hashable {
  public var sip: String
  public var guid: String
  public var dn: String
  public init(
    sip: String = "microsoft365", guid: String = "8e7ca6fabbc5630170e9009033400109",
    dn: String = "Präsenz/Microsoft 365"
  ) {
    self.sip = sip
    self.guid = guid
    self.dn = dn
  }
}

/// What a change of the world means for whoever watches it.
public enum PBXChange: Sendable, Hashable {
  case presence(guid: String)
  case visibility(guid: String)
  /// The desk phone moved: for those who follow calls.
  case phone(guid: String)
  case added(guid: String)
  case updated(guid: String)
  case removed(PBXUser)
}

public struct PBXWorld: Sendable {
  /// The "System Name": part of the login and the domain of addresses without one.
  public let domain: String
  public let app: PBXAppObject
  public let variant: PBXVariant
  /// Identifies this run's user tables: a stored `guid`+`usn` of another run must not look current.
  public let databaseGUID: String
  /// The newest update sequence number.
  public internal(set) var usn = 0

  var users: [String: PBXUser] = [:]
  var bySIP: [String: String] = [:]
  var byNumber: [String: String] = [:]
  var byPerson: [Int: String] = [:]
  /// Deletions that a delta replication must still tell, oldest first.
  var deletions: [(guid: String, usn: Int)] = []
  /// Deltas from before this number cannot be told any more.
  var deletionsForgottenBefore = 0
  var alienCalls: [Int: AlienCall] = [:]
  /// App objects that were made through PbxAdminApi, by guid.
  public internal(set) var madeApps: [String: PBXMadeApp] = [:]
  var lastAlienCall = 16

  struct AlienCall: Sendable, Hashable {
    let guid: String
    let connection: Int
  }

  static let maxDeletions = 1_000
  static let maxUsers = 200_000

  public init(
    domain: String, app: PBXAppObject = PBXAppObject(), variant: PBXVariant = PBXVariant(),
    databaseGUID: String? = nil
  ) {
    self.domain = domain
    self.app = app
    self.variant = variant
    self.databaseGUID = databaseGUID ?? Hex.encode(SecureRandom.bytes(16))
  }

  /// The whole population, its people homed on `pbxs` in turn.
  public init(
    population: Population, pbxs: [String] = ["pbx"], app: PBXAppObject = PBXAppObject(),
    variant: PBXVariant = PBXVariant(), databaseGUID: String? = nil
  ) {
    self.init(domain: population.domain, app: app, variant: variant, databaseGUID: databaseGUID)
    for person in population.people {
      let mail: PBXUser.Mail =
        switch person.id % 3 {
        case 0: .listed(person.email)
        case 1: .sipName
        default: .listed(person.sip)
        }
      _ = add(
        PBXUser(
          guid: person.pbxGUID, person: person.id, sip: person.sip, cn: person.displayName,
          number: person.number,
          mail: mail, loc: pbxs[person.id % pbxs.count]))
    }
  }

  public func user(guid: String) -> PBXUser? { users[guid] }
  public func user(sip: String) -> PBXUser? { bySIP[sip].flatMap { users[$0] } }
  public func user(number: String) -> PBXUser? { byNumber[number].flatMap { users[$0] } }
  public func user(person: Int) -> PBXUser? { byPerson[person].flatMap { users[$0] } }
  public var userCount: Int { users.count }
}
