// Access tokens that look like Microsoft's, JSON Web Tokens (RFC 7519) that their holder can read, and refresh tokens
// that nobody can; both are checked here by a seal.

import FoundationEssentials
import OpenSSLCrypto

struct AccessGrant: Sendable, Hashable, Codable {
  let app: String
  /// Object id of the signed-in user; nil: the application itself.
  let user: String?
  /// Scopes or roles.
  let permissions: Set<String>
  let issued: Date
  let expires: Date
  /// Tokens of an earlier generation are revoked.
  let generation: Int
  /// Whether the user has proven more than a password.
  let withMFA: Bool
}

/// Seals grants with a key that lives as long as the service.
struct TokenSeal: Sendable {
  enum Purpose: String, Sendable, Codable {
    case access, refresh
  }
  /// Microsoft's claims that a holder may read, and ours behind one name.
  private struct Claims: Codable {
    var aud: String?
    var tid: String?
    var appid: String?
    var oid: String?
    var scp: String?
    var roles: [String]?
    var iat: Int?
    var exp: Int?
    let purpose: Purpose
    let id: String
    let grant: AccessGrant
  }
  private let key = SecureRandom.bytes(32)
  private static let header = Base64.encodeURL(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

  func seal(_ grant: AccessGrant, _ purpose: Purpose, tenant: String = "") -> String {
    var claims = Claims(purpose: purpose, id: Hex.encode(SecureRandom.bytes(6)), grant: grant)
    if purpose == .access {
      let permissions = grant.permissions.sorted()
      claims.aud = "https://graph.microsoft.com"
      claims.tid = tenant
      claims.appid = grant.app
      claims.oid = grant.user
      claims.scp = grant.user == nil ? nil : permissions.joined(separator: " ")
      claims.roles = grant.user == nil ? permissions : nil
      claims.iat = Int(grant.issued.timeIntervalSince1970)
      claims.exp = Int(grant.expires.timeIntervalSince1970)
    }
    let text = "\(Self.header).\(Base64.encodeURL(JSONValue.bytes(claims)))"
    let token = "\(text).\(Base64.encodeURL(Digest.hmacSHA256(key: key, Array(text.utf8))))"
    // Refresh tokens do not show what is in them.
    return purpose == .access ? token : "0.A\(Base64.encodeURL(Array(token.utf8)))"
  }

  /// Nil when it was not sealed here for that purpose; expiry is the caller's question.
  func open(_ token: some StringProtocol, _ purpose: Purpose) -> AccessGrant? {
    var text = String(token)
    if purpose == .refresh {
      guard text.hasPrefix("0.A"), let inner = Base64.decodeURL(String(text.dropFirst(3))) else { return nil }
      text = String(decoding: inner, as: UTF8.self)
    }
    guard let end = text.lastIndex(of: "."), let mac = Base64.decodeURL(String(text[end...].dropFirst())),
      constantTimeEqual(mac, Digest.hmacSHA256(key: key, Array(text[..<end].utf8)))
    else { return nil }
    let parts = text.split(separator: ".")
    guard parts.count == 3, let bytes = Base64.decodeURL(String(parts[1])),
      let claims = try? JSONDecoder().decode(Claims.self, from: Data(bytes)), claims.purpose == purpose
    else { return nil }
    return claims.grant
  }
}
