// Plays Microsoft's part of a notification: signs validation tokens, encrypts content to a certificate.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

@testable import Microsoft365

struct Notary: Sendable {
  struct Claims: Encodable {
    var aud: String? = FakeGraph.reader
    var iss: String? = "https://sts.windows.net/\(FakeGraph.tenant)/"
    var tid: String? = FakeGraph.tenant
    var appid: String? = ValidationToken.publisher
    var azp: String?
    var exp: Double? = 1_800_003_600
    var nbf: Double? = 1_799_999_000
  }
  static let shared = try! Notary()

  let key: PrivateKey
  let keyID: String

  init(keyID: String = "kid-1") throws {
    key = try PrivateKey.generateRSA()
    self.keyID = keyID
  }

  func token(_ claims: Claims = Claims(), algorithm: String = "RS256", keyID: String? = nil) throws -> String
  {
    let head = #"{"alg":"\#(algorithm)","kid":"\#(keyID ?? self.keyID)","typ":"JWT"}"#
    let body = Array(try JSONEncoder().encode(claims))
    let signed = "\(Base64.encodeURL(Array(head.utf8))).\(Base64.encodeURL(body))"
    return "\(signed).\(Base64.encodeURL(try key.signRS256(Array(signed.utf8))))"
  }

  /// The members of a key set (RFC 7517).
  var published: String {
    let n = Base64.encodeURL(key.publicKey.rsaModulus)
    let e = Base64.encodeURL(key.publicKey.rsaExponent)
    return #"{"kty":"RSA","use":"sig","kid":"\#(keyID)","n":"\#(n)","e":"\#(e)"}"#
  }

  /// Answers the discovery document and the key set.
  func answer(_ request: HTTPRequest) -> HTTPResponse? {
    let keys = "\(FakeGraph.login)/common/discovery/v2.0/keys"
    if request.url == keys { return .json(#"{"keys":[\#(published),{"kty":"EC","kid":"other"}]}"#) }
    guard request.url == "\(FakeGraph.login)/\(FakeGraph.tenant)/v2.0/.well-known/openid-configuration" else {
      return nil
    }
    return .json(#"{"issuer":"\#(FakeGraph.login)/\#(FakeGraph.tenant)/v2.0","jwks_uri":"\#(keys)"}"#)
  }

  /// `encryptedContent` as JSON; `damage` may spoil the parts before they are encoded.
  static func encrypt(
    _ plaintext: String, to certificate: Certificate, id: String,
    damage: (inout (data: [UInt8], mac: [UInt8], key: [UInt8])) -> Void = { _ in }
  ) throws -> String {
    let key = SecureRandom.bytes(32)
    let data = try AES256CBC.encrypt(Array(plaintext.utf8), key: key, iv: Array(key.prefix(16)))
    var parts = (
      data: data, mac: Digest.hmacSHA256(key: key, data), key: try certificate.publicKey.encryptOAEPSHA1(key)
    )
    damage(&parts)
    return #"{"data":"\#(Base64.encode(parts.data))","dataSignature":"\#(Base64.encode(parts.mac))","#
      + #""dataKey":"\#(Base64.encode(parts.key))","encryptionCertificateId":"\#(id)","#
      + #""encryptionCertificateThumbprint":"\#(certificate.sha1Thumbprint)"}"#
  }
}

extension EncryptionKey {
  static let forTests = try! EncryptionKey.generate()
}

extension PrivateKey {
  /// One for all tests: making keys is slow.
  static let forTests = try! PrivateKey.generateRSA()
}
