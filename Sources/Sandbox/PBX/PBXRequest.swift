// What the gateway says to the PBX, read strictly: a member of the wrong type makes the whole message
// unreadable.

import FoundationEssentials

/// Any message of the gateway; members are those of the APIs that the simulation serves.
struct PBXRequest: Decodable, Sendable {
  var mt: String
  var api: String?
  var src: String?

  // Base protocol
  var challenge: String?
  var ok: Bool?
  var errorText: String?
  // and of a gateway that dials
  var appObj: String?
  var app: String?
  var domain: String?
  var dn: String?
  var digest: String?
  var pbxObj: String?
  var key: String?
  var info: [String: Nothing]?

  // PbxApi, PbxImpersonation
  var sip: String?
  var num: String?
  var guid: String?
  var contact: String?
  var activity: String?
  var note: String?
  var target: String?
  var id: Int?

  // PbxAdminApi
  var lic: String?
  var cn: String?
  var h323: String?
  var pwd: String?
  var hide: Bool?
  var critical: Bool?

  // RCC
  var calls: Bool?

  // PbxTableUsers
  var add: Bool?
  var del: Bool?
  var usn: Int?
  var columns: [String: Column]?
  var pseudo: PBXPseudo?

  var hasInfo: Bool { info != nil }
  /// Any value, which is not looked at.
  struct Nothing: Decodable, Sendable { init(from decoder: any Decoder) throws {} }

  struct Column: Decodable, Sendable {
    var update: Bool?
  }

  init?(_ text: String) {
    guard let request = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
    self = request
  }
}
