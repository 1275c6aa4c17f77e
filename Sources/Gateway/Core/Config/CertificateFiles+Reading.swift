// The section `tls` of a listener: the same for each of them.

import PluginAPI

extension CertificateFiles {
  /// Nil when the section is left out or empty, or not whole.
  init?(reading listener: ConfigSection, _ meaning: String, asksClients: Bool = false) {
    let section = listener.section("tls", meaning)
    let certificate = section.optionalFile(
      "certificate", "PEM file, the chain included; reloaded when it changes")
    let key = section.optionalFile("key", "PEM file with the certificate's private key")
    let authorities =
      asksClients
      ? section.optionalFile(
        "client_ca", "PEM file of authorities: who has a client certificate of theirs is the administrator")
      : nil
    guard let certificate, let key else {
      if certificate != nil || key != nil {
        listener.reject(
          "tls", "needs both certificate and key, \(key == nil ? "key" : "certificate") is missing")
      } else if authorities != nil {
        listener.reject("tls", "needs certificate and key for client_ca")
      }
      return nil
    }
    self.init(certificate: certificate, key: key, clientAuthorities: authorities)
  }
}
