// The proof that a PBX knows the App object's password (innovaphone SDK, AppWebsocket, "AppLogin").

import OpenSSLCrypto

/// What the digest covers. A missing member counts as empty; a missing `info` leaves out its colon too.
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

  /// Takes as long for a wrong digest as for a right one, and tries every password.
  func matches(_ digest: String, passwords: [String]) -> Bool {
    var matched = false
    for password in passwords where !password.isEmpty {
      let equal = constantTimeEqual(Array(hex(password: password).utf8), Array(digest.utf8))
      matched = matched || equal
    }
    return matched
  }
}
