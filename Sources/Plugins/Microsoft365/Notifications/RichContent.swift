// Encrypted notification content, and the exact steps that open it (C.4).

import FoundationEssentials
import OpenSSLCrypto

/// Source: https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data
struct RichContent: Decodable, Sendable, Hashable {
  enum Fault: Error, Sendable, Hashable {
    case notBase64, wrongKey, wrongSignature, badPadding
  }
  var data: String
  var dataSignature: String
  var dataKey: String
  var encryptionCertificateId: String?
  var encryptionCertificateThumbprint: String?

  /// The plaintext. The signature is over the ciphertext and is checked before anything is decrypted with AES.
  func open(with key: PrivateKey) throws(Fault) -> [UInt8] {
    guard let ciphertext = Base64.decode(data), let signature = Base64.decode(dataSignature),
      let wrapped = Base64.decode(dataKey)
    else { throw .notBase64 }
    guard let symmetric = try? key.decryptOAEPSHA1(wrapped), symmetric.count == 32 else { throw .wrongKey }
    guard constantTimeEqual(Digest.hmacSHA256(key: symmetric, ciphertext), signature) else {
      throw .wrongSignature
    }
    guard
      let plaintext = try? AES256CBC.decrypt(ciphertext, key: symmetric, iv: Array(symmetric.prefix(16)))
    else { throw .badPadding }
    return plaintext
  }
}
