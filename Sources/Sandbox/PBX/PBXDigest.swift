// The proof of the App object's password, kept apart because it is the one thing both ends must agree on by
// the byte.

import OpenSSLCrypto

/// The digest of an `AppLogin` (innovaphone SDK, "AppWebsocket").
public enum PBXDigest {
  /// Lower-case hex SHA-256 over `app:domain:sip:guid:dn[:info]:challenge:password`.
  /// - Parameter info: the JSON text of `info` exactly as sent; nil when the login has no such member.
  public static func make(
    app: String, domain: String, sip: String, guid: String, dn: String, info: String?, challenge: String,
    password: String
  ) -> String {
    let parts = [app, domain, sip, guid, dn] + (info.map { [$0] } ?? []) + [challenge, password]
    return Hex.encode(Digest.sha256(Array(parts.joined(separator: ":").utf8)))
  }
}
