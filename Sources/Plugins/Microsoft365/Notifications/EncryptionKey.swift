// One key that Microsoft encrypts notifications to, with the certificate that carries its public half.

import FoundationEssentials
import OpenSSLCrypto

struct EncryptionKey: Sendable {
  /// Microsoft says nothing about expired certificates, so none is used until then.
  static let validDays = 365
  static let renewBefore = 30 * 86_400.0

  /// Our label, echoed in each notification.
  let id: String
  let key: PrivateKey
  let certificate: Certificate
  var thumbprint: String { certificate.sha1Thumbprint }
  /// Base64 of the certificate's DER.
  let certificateText: String

  init(key: PrivateKey, certificate: Certificate) {
    id = "presence-gateway-\(Hex.encode(Array(certificate.sha256.prefix(8))))"
    self.key = key
    self.certificate = certificate
    certificateText = Base64.encode(certificate.der)
  }

  /// RSA-2048 with a self-signed certificate, which is all that Microsoft asks for.
  static func generate(validDays: Int = validDays) throws(CryptoError) -> EncryptionKey {
    let key = try PrivateKey.generateRSA(bits: 2048)
    let certificate = try Certificate.selfSigned(
      key: key, commonName: "presence-gateway", validDays: validDays)
    return EncryptionKey(key: key, certificate: certificate)
  }

  /// Whether new subscriptions should use another one.
  func isDue(at date: Date) -> Bool {
    certificate.notAfter.timeIntervalSince(date) < Self.renewBefore
  }
}
