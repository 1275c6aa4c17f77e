// Client assertions (RFC 7523): the documented form, and what Microsoft's own library really sends.

import FoundationEssentials
import OpenSSLCrypto

/// Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
struct ClientAssertionCheck: Sendable {
  static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
  /// By how much clocks may differ.
  static let tolerance = 300.0

  private struct Header: Decodable {
    enum CodingKeys: String, CodingKey {
      case alg, x5t
      case x5tSHA256 = "x5t#S256"
    }
    let alg: String
    let x5t, x5tSHA256: String?
  }
  /// Numbers with decimals, and no `nbf`: MSAL for Python sends them so.
  private struct Claims: Decodable {
    let aud, iss, sub: String
    let exp: Double
    let nbf: Double?
  }

  /// Accepted as `aud`.
  let audiences: Set<String>
  let now: Date

  func check(_ form: [String: String], of app: GraphApp) throws(LoginRefusal) {
    guard form["client_assertion_type"] == Self.type else { throw .missing("client_assertion_type") }
    let parts = (form["client_assertion"] ?? "").split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.part(Header.self, parts[0]),
      let claims = Self.part(Claims.self, parts[1]), let signature = Self.bytes(parts[2])
    else {
      throw LoginRefusal(
        401, "invalid_client", 50027, "JWT token is invalid or malformed.")
    }
    guard
      let certificate = app.certificates.lazy.compactMap({ try? Certificate(der: $0) }).first(where: {
        Self.names($0, header)
      })
    else { throw Self.unknown }
    let message = Array("\(parts[0]).\(parts[1])".utf8)
    let isGenuine =
      switch header.alg {
      case "PS256": certificate.publicKey.verifyPS256(signature: signature, of: message)
      case "RS256": certificate.publicKey.verifyRS256(signature: signature, of: message)
      default: false
      }
    guard isGenuine else { throw Self.unknown }
    guard audiences.contains(claims.aud) else {
      throw LoginRefusal(
        401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer.")
    }
    guard [claims.iss, claims.sub].allSatisfy({ $0.lowercased() == app.id.lowercased() }) else {
      throw LoginRefusal(
        401, "invalid_client", 700021,
        "Client assertion application identifier doesn't match 'client_id' parameter.")
    }
    try checkTime(claims)
  }

  private func checkTime(_ claims: Claims) throws(LoginRefusal) {
    let seconds = now.timeIntervalSince1970
    let from = claims.nbf ?? seconds
    guard from - Self.tolerance <= seconds, seconds < claims.exp + Self.tolerance else {
      throw LoginRefusal(
        401, "invalid_client", 700024,
        "Client assertion is not within its valid time range. Current time: \(GraphDate.text(now)), assertion valid "
          + "from \(GraphDate.text(Date(timeIntervalSince1970: from))), expiry time of assertion "
          + "\(GraphDate.text(Date(timeIntervalSince1970: claims.exp))).")
    }
  }

  private static func names(_ certificate: Certificate, _ header: Header) -> Bool {
    if let thumbprint = header.x5tSHA256 { return bytes(thumbprint[...]) == certificate.sha256 }
    guard let thumbprint = header.x5t, let bytes = bytes(thumbprint[...]) else { return false }
    return Hex.encode(bytes).uppercased() == certificate.sha1Thumbprint
  }

  private static func part<Value: Decodable>(_ type: Value.Type, _ text: Substring) -> Value? {
    bytes(text).flatMap { try? JSONDecoder().decode(type, from: Data($0)) }
  }
  /// With or without padding.
  private static func bytes(_ text: Substring) -> [UInt8]? {
    Base64.decodeURL(String(text.prefix { $0 != "=" }))
  }

  private static let unknown = LoginRefusal(
    401, "invalid_client", 700027,
    "The certificate with identifier used to sign the client assertion is not registered on application.")
}
