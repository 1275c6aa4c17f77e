// By what a command is known as the administrator, and what is wrong with a certificate before it is shown: a listener
// that refuses one does not say why.

import OpenSSLCrypto
import PluginAPI

public enum AdminProof: Sendable {
  /// What `gateway.admin.password` refers to, where somebody is asked for it.
  case configured
  case password(String)
  /// Of an authority in `gateway.admin.tls.client_ca`.
  case certificate(CertificateFiles)
}

extension AdminClient {
  /// What to sign in with; nil where nobody has to. Throws where nothing that is at hand will do.
  func password() throws(Failure) -> String? {
    switch proof {
    case .certificate: return nil
    case .password(let given): return listener.password.map { _ in given }
    case .configured:
      guard let password = listener.password else {
        guard listener.asksForCertificate else { return nil }
        throw .refused(
          reason: "gateway.admin knows administrators by a client certificate only",
          remedy: "give --client-certificate FILE, of an authority in gateway.admin.tls.client_ca")
      }
      do throws(SecretUnavailable) { return try password.reveal() } catch {
        throw .refused(
          reason: "the administrator's password cannot be read: \(error)",
          remedy: "set it where this command is started, or give --password-file")
      }
    }
  }
}

extension CertificateFiles {
  /// Throws what is wrong with the files of an administrator.
  func checkAsClient() throws(AdminClient.Failure) {
    let own = try read(certificate, "it must hold a certificate in PEM form") { try Certificate(pem: $0) }
    let ownKey = try read(key, "it must hold the certificate's key in PEM form, under no passphrase") {
      try PrivateKey(pem: $0)
    }
    guard own.publicKey.subjectPublicKeyInfo == ownKey.publicKey.subjectPublicKeyInfo else {
      throw .refused(
        reason: "the key in \(key) is not that of the certificate in \(certificate)",
        remedy: "name the right one with --client-key FILE")
    }
    guard own.notAfter > SystemClock().date else {
      throw .refused(
        reason: "the certificate in \(certificate) ended at \(WallTime(own.notAfter).rfc3339)",
        remedy: "have a new one issued")
    }
  }

  private func read<Part>(_ path: String, _ remedy: String, _ part: (String) throws -> Part)
    throws(AdminClient.Failure) -> Part
  {
    do {
      return try part(try BoundedFile.text(path))
    } catch let error as BoundedFile.Unreadable {
      throw .refused(reason: "\(error)", remedy: remedy)
    } catch {
      throw .refused(reason: "file \(path): \(error)", remedy: remedy)
    }
  }
}
