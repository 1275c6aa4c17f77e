// Access and refresh tokens: opaque to whoever holds them, checked here by a seal.

import FoundationEssentials
import OpenSSLCrypto

struct AccessGrant: Sendable, Hashable {
  let app: String
  /// Object id of the signed-in user; nil: the application itself.
  let user: String?
  /// Scopes or roles.
  let permissions: Set<String>
  let issued: Date
  let expires: Date
  /// Tokens of an earlier generation are revoked.
  let generation: Int
}

/// Seals grants with a key that lives as long as the service.
struct TokenSeal: Sendable {
  enum Purpose: String, Sendable {
    case access = "A"
    case refresh = "R"
  }
  private let key = SecureRandom.bytes(32)

  func seal(_ grant: AccessGrant, _ purpose: Purpose) -> String {
    let text = [
      purpose.rawValue, grant.app, grant.user ?? "", grant.permissions.sorted().joined(separator: " "),
      String(grant.issued.timeIntervalSince1970), String(grant.expires.timeIntervalSince1970),
      String(grant.generation), Hex.encode(SecureRandom.bytes(6)),
    ].joined(separator: "|")
    let bytes = Array(text.utf8)
    return "Ew" + Base64.encodeURL(bytes) + "." + Base64.encodeURL(Digest.hmacSHA256(key: key, bytes))
  }

  /// Nil when it was not sealed here for that purpose; expiry is the caller's question.
  func open(_ token: some StringProtocol, _ purpose: Purpose) -> AccessGrant? {
    let parts = token.dropFirst(2).split(separator: ".")
    guard token.hasPrefix("Ew"), parts.count == 2, let bytes = Base64.decodeURL(String(parts[0])),
      let mac = Base64.decodeURL(String(parts[1])),
      constantTimeEqual(mac, Digest.hmacSHA256(key: key, bytes))
    else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split(
      separator: "|", omittingEmptySubsequences: false)
    guard fields.count == 8, fields[0] == purpose.rawValue, let issued = Double(fields[4]),
      let expires = Double(fields[5]), let generation = Int(fields[6])
    else { return nil }
    return AccessGrant(
      app: String(fields[1]), user: fields[2].isEmpty ? nil : String(fields[2]),
      permissions: Set(fields[3].split(separator: " ").map { String($0) }),
      issued: Date(timeIntervalSince1970: issued), expires: Date(timeIntervalSince1970: expires),
      generation: generation)
  }
}
