// What a token says about itself, read without checking who signed it: to tell the administrator, never to decide.

import FoundationEssentials
import OpenSSLCrypto

/// Microsoft calls access tokens opaque; most are JSON Web Tokens (RFC 7519), and then this can be read.
struct UnverifiedClaims: Decodable, Sendable {
  /// Delegated permissions, separated by blanks.
  private let scp: String?
  /// Application permissions.
  private let roles: [String]?
  private let preferredUsername: String?
  private let upn: String?
  /// Object id of who has signed in.
  let oid: String?

  private enum CodingKeys: String, CodingKey {
    case scp, roles, upn, oid
    case preferredUsername = "preferred_username"
  }

  /// Nil for a token of another kind.
  init?(token: String) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Base64.decodeURL(String(parts[1])),
      let claims = try? JSONDecoder().decode(UnverifiedClaims.self, from: Data(bytes))
    else { return nil }
    self = claims
  }

  /// Nil when the token does not say.
  var permissions: Set<String>? {
    guard scp != nil || roles != nil else { return nil }
    return Set((scp ?? "").split(separator: " ").map(String.init) + (roles ?? []))
  }
  /// Whether the token does not allow what needs `permission`: one that names none has none, since Entra leaves an
  /// empty list out.
  func lacks(_ permission: String) -> Bool { permissions?.contains(permission) != true }
  /// Who has signed in.
  var username: String? { preferredUsername ?? upn }
}
