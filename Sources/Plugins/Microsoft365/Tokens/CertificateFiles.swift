// The PEM files of an application's certificate, read anew for each assertion: a renewed certificate needs no restart.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

struct CertificateFiles: Sendable, Hashable {
  let certificate: String
  let key: String

  func load() throws(PluginFailure) -> SigningCertificate {
    let (certificatePEM, keyPEM) = (try Self.text(certificate), try Self.text(key))
    let found: Certificate
    do { found = try Certificate(pem: certificatePEM) } catch {
      throw PluginFailure(
        .operatorAction(hint: "write the path of a PEM certificate in `certificate`"),
        "\(certificate): \(error)")
    }
    let privateKey: PrivateKey
    do { privateKey = try PrivateKey(pem: keyPEM) } catch {
      throw PluginFailure(
        .operatorAction(hint: "write the path of an unencrypted PEM key in `key`"), "\(key): \(error)")
    }
    let modulus = found.publicKey.rsaModulus
    guard !modulus.isEmpty else {
      throw PluginFailure(
        .operatorAction(hint: "make a certificate with an RSA key: Entra takes no other"),
        "\(certificate): not an RSA certificate")
    }
    guard privateKey.publicKey.rsaModulus == modulus else {
      throw PluginFailure(
        .operatorAction(hint: "let `certificate` and `key` name files that were made together"),
        "\(key) is not the key of \(certificate)")
    }
    return SigningCertificate(certificate: found, key: privateKey)
  }

  private static func text(_ path: String) throws(PluginFailure) -> String {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 1 << 20 else {
      throw PluginFailure(
        .operatorAction(hint: "make the file \(path) readable for the gateway"), "\(path) cannot be read")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

/// A certificate with the private key that belongs to it.
struct SigningCertificate: Sendable {
  let certificate: Certificate
  let key: PrivateKey
}
