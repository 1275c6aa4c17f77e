// By what an application proves itself: a client secret, or a certificate with its key.

import FoundationEssentials
import PluginAPI

struct ClientCredential: Sendable {
  let credential: Credential
  /// Of a client secret, as the administrator wrote it down; a certificate tells itself.
  let secretExpires: Date?

  /// Reads `client_secret`, or `certificate` and `key`; nil when there is none. `whose` ends a sentence.
  init?(config: ConfigSection, whose: String, required: Bool) {
    let secret = config.optionalSecret(
      "client_secret", "Secret of the registration \(whose); or else certificate and key")
    let expires = config.optionalString(
      "client_secret_expires", "When that secret expires, such as 2027-01-31: warned of 30 days before")
    let certificate = config.optionalFile(
      "certificate", "PEM certificate of the registration \(whose), instead of a secret")
    let key = config.optionalFile("key", "PEM key of that certificate; by default in the same file")
    if secret != nil, certificate != nil {
      config.reject("certificate", "stands beside client_secret: give exactly one of them")
    }
    if key != nil, certificate == nil { config.reject("key", "needs `certificate` beside it") }
    if expires != nil, secret == nil {
      config.reject("client_secret_expires", "needs `client_secret` beside it")
    }
    let date = expires.flatMap { graphDate($0.contains("T") ? $0 : "\($0)T00:00:00Z") }
    if let expires, date == nil {
      config.reject("client_secret_expires", "must be a date such as 2027-01-31, is \(expires)")
    }
    secretExpires = date
    if let secret {
      credential = .secret(secret)
    } else if let certificate {
      credential = .certificate(CertificateFiles(certificate: certificate, key: key ?? certificate))
    } else {
      if required {
        config.reject("client_secret", "is missing: give client_secret, or certificate and key")
      }
      return nil
    }
  }
}
