// Certificates and keys as administrators provide them, right and wrong, at the start and while running.

import NIOOpenSSL
import OpenSSLCrypto
import Testing

@Suite(.timeLimit(.minutes(2))) struct ConfigurationTests {
  let identity = TestIdentity.shared

  private func refusal(_ body: () throws -> Void) -> String? {
    #expect(throws: TLSError.self, performing: body)?.description
  }

  @Test func oneFileMayHoldKeyAndChain() throws {
    let both = identity.keyPEM + identity.chainPEM
    _ = try TLSServerContext(certificateChainPEM: both, privateKeyPEM: both)
  }

  @Test func tellsWhatIsWrong() throws {
    let broken = String(identity.chainPEM.prefix(200))
    #expect(
      refusal { _ = try TLSServerContext(certificateChainPEM: "", privateKeyPEM: identity.keyPEM) }
        == "cannot use the certificate: PEM routines: no start line")
    #expect(
      refusal { _ = try TLSServerContext(certificateChainPEM: broken, privateKeyPEM: identity.keyPEM) }?
        .hasPrefix("cannot use the certificate: PEM routines: ") == true)
    #expect(
      refusal {
        _ = try TLSServerContext(
          certificateChainPEM: identity.chainPEM + broken, privateKeyPEM: identity.keyPEM)
      }?.hasPrefix("cannot use the certificate: PEM routines: ") == true)
    #expect(
      refusal { _ = try TLSServerContext(certificateChainPEM: identity.chainPEM, privateKeyPEM: "") }
        == "cannot use the private key: DECODER routines: unsupported")
    for (other, reason) in [
      (try PrivateKey.generateEC(), "x509 certificate routines: key values mismatch"),
      (try PrivateKey.generateRSA(), "SSL routines: no certificate assigned"),
    ] {
      #expect(
        refusal {
          _ = try TLSServerContext(certificateChainPEM: identity.chainPEM, privateKeyPEM: other.pem)
        } == "the private key does not belong to the certificate: \(reason)")
    }
    #expect(
      refusal { _ = try TLSClientContext(trustPEM: "nothing") }
        == "cannot use the trusted certificates: PEM routines: no start line")
  }

  @Test func aNewCertificateIsForNewConnections() async throws {
    let context = try identity.serverContext()
    let next = try TestIdentity()
    try await TestServer.run(.echo, context: context) { server in
      let old = try await TestClient.connect(server, context: identity.clientContext(), awaiting: 3)
      #expect(await server.event("handshake") != nil)
      try context.replace(certificateChainPEM: next.chainPEM, privateKeyPEM: next.keyPEM)

      let new = try await TestClient.connect(server, context: next.clientContext(), awaiting: 3)
      try await new.send("new")
      #expect(try await new.reply.get().text == "new")
      try await old.send("old")
      #expect(try await old.reply.get().text == "old")
      let refused = try await TestClient.connect(server, context: identity.clientContext()).reply.get()
      #expect(refused.errors.count == 1)

      let refusal = refusal { try context.replace(certificateChainPEM: "", privateKeyPEM: "") }
      #expect(refusal == "cannot use the certificate: PEM routines: no start line")
      let still = try await TestClient.connect(server, context: next.clientContext(), awaiting: 5)
      try await still.send("still")
      #expect(try await still.reply.get().text == "still")
      for client in [old, new, still] { try await client.channel.close() }
    }
  }
}
