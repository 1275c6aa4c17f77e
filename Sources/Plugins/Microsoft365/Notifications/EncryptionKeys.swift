// The key that Microsoft encrypts notifications to: made once for each life of the gateway, never stored.

import OpenSSLCrypto
import PluginAPI

struct EncryptionKey: Sendable {
  /// Our label, echoed in each notification.
  let id: String
  let key: PrivateKey
  let thumbprint: String
  /// Base64 of the certificate's DER.
  let certificateText: String

  init(key: PrivateKey, certificate: Certificate) {
    id = "presence-gateway-\(Hex.encode(Array(certificate.sha256.prefix(8))))"
    self.key = key
    thumbprint = certificate.sha1Thumbprint
    certificateText = Base64.encode(certificate.der)
  }

  /// RSA-2048 with a self-signed certificate, which is all that Microsoft asks for.
  static func generate() throws(CryptoError) -> EncryptionKey {
    let key = try PrivateKey.generateRSA(bits: 2048)
    let certificate = try Certificate.selfSigned(key: key, commonName: "presence-gateway", validDays: 3650)
    return EncryptionKey(key: key, certificate: certificate)
  }
}

actor EncryptionKeys {
  private let pool: CryptoPool
  private var making: Task<Result<EncryptionKey, CryptoError>?, Never>?
  private var made: EncryptionKey?

  /// `made` is a key that is there already.
  init(pool: CryptoPool, made: EncryptionKey? = nil) {
    self.pool = pool
    self.made = made
  }

  func current() async throws -> EncryptionKey {
    if let made { return made }
    let task =
      making
      ?? Task { [pool] in
        await pool.run { () -> Result<EncryptionKey, CryptoError> in
          do throws(CryptoError) { return .success(try EncryptionKey.generate()) } catch {
            return .failure(error)
          }
        }
      }
    making = task
    defer { making = nil }
    guard let result = await task.value else {
      throw PluginFailure(.retry(after: nil), "too busy to make an encryption key")
    }
    let key = try result.get()
    made = key
    return key
  }

  /// By our label, else by the certificate's thumbprint.
  func find(id: String?, thumbprint: String?) -> EncryptionKey? {
    guard let made else { return nil }
    let matches = made.id == id || (thumbprint.map { $0.uppercased() == made.thumbprint } ?? false)
    return matches ? made : nil
  }
}
