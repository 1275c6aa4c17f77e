// The signed statement by which an application proves its certificate instead of a secret (RFC 7523 §2.2).

import FoundationEssentials
import OpenSSLCrypto

/// Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
enum ClientAssertion {
  static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
  /// Seconds; Microsoft asks for five to ten minutes.
  static let life = 600

  private struct Header: Encodable {
    enum CodingKeys: String, CodingKey {
      case alg, typ
      case thumbprint = "x5t#S256"
    }
    let alg = "PS256"
    let typ = "JWT"
    let thumbprint: String
  }
  private struct Claims: Encodable {
    let aud, iss, sub, jti: String
    let nbf, iat, exp: Int
  }

  /// `audience` is the token endpoint, `id` a fresh GUID.
  static func make(
    clientID: String, audience: String, _ signer: SigningCertificate, now: Date, id: String
  ) throws(CryptoError) -> String {
    let seconds = Int(now.timeIntervalSince1970)
    let header = Header(thumbprint: Base64.encodeURL(signer.certificate.sha256))
    let claims = Claims(
      aud: audience, iss: clientID, sub: clientID, jti: id, nbf: seconds, iat: seconds, exp: seconds + life)
    let text = "\(part(header)).\(part(claims))"
    return try "\(text).\(Base64.encodeURL(signer.key.signPS256(Array(text.utf8))))"
  }

  private static func part(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    // Text and whole numbers: there is nothing that JSON cannot spell.
    return Base64.encodeURL((try? encoder.encode(value)).map { [UInt8]($0) } ?? [])
  }
}
