// The proof that a PBX knows the App object's password (innovaphone SDK, AppWebsocket, "AppLogin").

import OpenSSLCrypto

/// What the digest covers. A missing member counts as empty; a missing `info` leaves out its colon too. Nothing is
/// escaped, so that a colon inside a member can move its end: see `Login`.
struct LoginDigest: Sendable {
  var app = ""
  var domain = ""
  var sip = ""
  var guid = ""
  var dn = ""
  /// The compact JSON text as sent.
  var info: [UInt8]?
  var challenge: String

  /// Lower-case hex SHA-256 of `app:domain:sip:guid:dn[:info]:challenge:password`.
  func hex(password: String) -> String {
    var text = Array("\(app):\(domain):\(sip):\(guid):\(dn):".utf8)
    if let info { text += info + [UInt8(ascii: ":")] }
    text += Array("\(challenge):\(password)".utf8)
    return Hex.encode(Digest.sha256(text))
  }

  /// Which of the passwords it was made with. Takes as long for a wrong digest as for a right one: it tries them all.
  func match(_ digest: String, among passwords: [String]) -> Int? {
    var matched: Int?
    for (index, password) in passwords.enumerated() where !password.isEmpty {
      let equal = constantTimeEqual(Array(hex(password: password).utf8), Array(digest.utf8))
      if equal, matched == nil { matched = index }
    }
    return matched
  }
}
