// An admin listener that others can reach must ask who comes.

import PluginAPI
import Testing

@testable import Gateway

@Suite struct AdminListenerTests {
  private func errors(_ admin: String) -> [String] {
    ConfigRig.gateway("admin: { \(admin) }", environment: ["P": "x"]).errors.map(\.description)
  }

  @Test func loopbackNeedsNothing() {
    for address in [
      "127.0.0.1:9090", "127.9.9.9:1", "localhost:9090", "'[::1]:9090'", "'[::ffff:127.0.0.1]:1'",
    ] {
      #expect(errors("listen: \(address)") == [], "\(address)")
    }
  }

  @Test func everythingElseNeedsAPasswordOrCertificates() {
    for address in ["0.0.0.0:9090", "'[::]:9090'", "10.0.0.1:9090", "gateway:9090", "127.evil.example:1"] {
      #expect(errors("listen: \(address)").count == 1, "\(address)")
      #expect(errors("listen: \(address), password: env:P") == [], "\(address)")
      #expect(
        errors("listen: \(address), tls: { certificate: c, key: k, client_ca: a }") == [], "\(address)")
    }
    #expect(
      errors("listen: 0.0.0.0:9090") == [
        "plugins.yaml:1:29: gateway.admin.listen: 0.0.0.0:9090 can be reached from other machines and would let "
          + "everybody in: set gateway.admin.password: env:NAME or gateway.admin.tls.client_ca, or listen on 127.0.0.1"
      ])
  }

  @Test func thePasswordIsAReferenceAndMustResolve() {
    #expect(errors("password: hunter2").first?.contains("hunter2") == false)
    let loaded = ConfigRig.gateway("admin: { password: env:NONE }")
    #expect(loaded.unresolvedSecrets.map(\.message) == ["environment variable NONE is not set"])
  }

  @Test func halfACertificateIsNone() {
    #expect(errors("tls: { certificate: c }").first?.contains("needs both certificate and key") == true)
    #expect(
      errors("tls: { client_ca: a }").first?.contains("needs certificate and key for client_ca") == true)
  }
}
