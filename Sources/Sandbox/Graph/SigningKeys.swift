// The keys behind the published key set: they sign the validation tokens of encrypted notifications, and id
// tokens.

import FoundationEssentials
import OpenSSLCrypto

struct SigningKeys: Sendable {
  private struct Key: Sendable {
    let key: PrivateKey
    let certificate: Certificate
    let kid: String

    init(_ key: PrivateKey) throws(CryptoError) {
      self.key = key
      certificate = try .selfSigned(key: key, commonName: "Sandbox token signing", validDays: 30)
      kid = Base64.encodeURL(Hex.decode(certificate.sha1Thumbprint) ?? [])
    }
  }

  /// The newest signs; two older ones stay published.
  private var keys: [Key]
  /// `key`: nil makes one.
  init(_ key: PrivateKey?) throws(CryptoError) {
    let key = if let key { key } else { try PrivateKey.generateRSA() }
    keys = [try Key(key)]
  }

  mutating func rotate() throws(CryptoError) { keys = [try Key(.generateRSA())] + keys.prefix(2) }

  /// The JSON Web Key Set (RFC 7517).
  func published(issuer: String) -> JSONValue {
    let members = keys.map { key -> JSONValue in
      [
        "kty": "RSA", "use": "sig", "kid": .string(key.kid), "x5t": .string(key.kid),
        "n": .string(Base64.encodeURL(key.key.publicKey.rsaModulus)),
        "e": .string(Base64.encodeURL(key.key.publicKey.rsaExponent)),
        "x5c": [.string(Base64.encode(key.certificate.der))], "issuer": .string(issuer),
      ]
    }
    return ["keys": .array(members)]
  }

  /// A JSON Web Token, signed with RS256.
  func token(_ claims: [String: JSONValue]) throws(CryptoError) -> String {
    let header: JSONValue = [
      "typ": "JWT", "alg": "RS256", "kid": .string(keys[0].kid), "x5t": .string(keys[0].kid),
    ]
    let text =
      Base64.encodeURL(JSONValue.bytes(header)) + "."
      + Base64.encodeURL(JSONValue.bytes(JSONValue.object(claims)))
    return try text + "." + Base64.encodeURL(keys[0].key.signRS256(Array(text.utf8)))
  }
}

/// Validation tokens by application, each used for an hour.
struct ValidationTokens: Sendable {
  /// The publisher that every consumer must check: Microsoft Graph Change Tracking.
  static let publisher = "0bf30f3b-4a52-48df-9a82-234910c4a086"
  private var cached: [String: (token: String, issued: Date)] = [:]

  mutating func forget() { cached = [:] }

  mutating func token(
    for app: String, tenant: String, form: GraphOptions.ValidationTokenForm, login: String, keys: SigningKeys,
    now: Date
  ) throws -> String {
    if let (token, issued) = cached[app], abs(now.timeIntervalSince(issued)) < 3600 { return token }
    let seconds = Int(now.timeIntervalSince1970)
    var claims: [String: JSONValue] = [
      "aud": .string(app), "iat": .number(seconds), "nbf": .number(seconds), "exp": .number(seconds + 86400),
      "aio": .string(Base64.encodeURL(SecureRandom.bytes(24))), "oid": .string(SecureRandom.guid()),
      "sub": .string(SecureRandom.guid()), "tid": .string(tenant),
      "uti": .string(Base64.encodeURL(SecureRandom.bytes(16))), "rh": "0.",
    ]
    switch form {
    case .v1:
      claims["iss"] = .string("https://sts.windows.net/\(tenant)/")
      claims["idp"] = claims["iss"]
      claims["appid"] = .string(Self.publisher)
      claims["appidacr"] = "2"
      claims["ver"] = "1.0"
    case .v2:
      claims["iss"] = .string("\(login)/\(tenant)/v2.0")
      claims["azp"] = .string(Self.publisher)
      claims["azpacr"] = "2"
      claims["ver"] = "2.0"
    }
    let token = try keys.token(claims)
    if cached.count >= 64 { cached = [:] }
    cached[app] = (token, now)
    return token
  }
}
