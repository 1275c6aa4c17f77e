// Whom our client believes: chain, name and address are checked, always.

import NIOCore
import NIOOpenSSL
import OpenSSLCrypto
import Testing

@Suite(.timeLimit(.minutes(2))) struct ClientTrustTests {
  private func handshake(
    _ context: TLSClientContext, _ name: String, identity: TestIdentity = .shared
  ) async throws -> [String] {
    try await TestServer.run(.echo, context: identity.serverContext()) { server in
      let client = try await TestClient.connect(server, context: context, name: name, awaiting: 2)
      client.channel.writeAndFlush(ByteBuffer(string: "ok"), promise: nil)
      let reply = try await client.reply.get()
      #expect(reply.text == (reply.errors.isEmpty ? "ok" : ""))
      try? await client.channel.close()
      return reply.errors
    }
  }

  @Test(arguments: ["localhost", "LOCALHOST", "127.0.0.1"]) func believesTheRightName(_ name: String)
    async throws
  {
    #expect(try await handshake(TestIdentity.shared.clientContext(), name) == [])
  }

  @Test(arguments: [
    ("wrong.example", "hostname mismatch"), ("127.0.0.2", "IP address mismatch"),
    ("::1", "IP address mismatch"),
    ("[::1]", "IP address mismatch"), ("localhost.example", "hostname mismatch"),
  ]) func refusesAnotherName(_ name: String, _ reason: String) async throws {
    let errors = try await handshake(TestIdentity.shared.clientContext(), name)
    #expect(errors == ["the TLS handshake failed: SSL routines: certificate verify failed; \(reason)"])
  }

  @Test func refusesAnotherAuthority() async throws {
    let errors = try await handshake(try TestIdentity().clientContext(), "localhost")
    #expect(
      errors == [
        "the TLS handshake failed: SSL routines: certificate verify failed; "
          + "self-signed certificate in certificate chain"
      ])
  }

  @Test func theSystemDoesNotTrustTheTestAuthority() async throws {
    let errors = try await handshake(try TLSClientContext(trustPEM: nil), "localhost")
    #expect(errors.count == 1)
    #expect(errors.first?.contains("certificate verify failed") == true)
  }

  @Test func refusesAnExpiredCertificate() async throws {
    let key = try PrivateKey.generateEC()
    let expired = try Certificate.selfSigned(key: key, commonName: "localhost", validDays: -1)
    let context = try TLSServerContext(certificateChainPEM: expired.pem, privateKeyPEM: key.pem)
    let errors = try await TestServer.run(.echo, context: context) { server in
      try await TestClient.connect(server, context: TLSClientContext(trustPEM: expired.pem)).reply.get()
        .errors
    }
    #expect(
      errors == ["the TLS handshake failed: SSL routines: certificate verify failed; certificate has expired"]
    )
  }

  @Test func believesAServersOwnCertificate() async throws {
    let leaf = try Certificate(pem: TestIdentity.shared.chainPEM)
    #expect(try await handshake(TLSClientContext(trustPEM: leaf.pem), "localhost") == [])
  }

  @Test(arguments: ["", "a\0b", ":"]) func refusesWhatIsNoName(_ name: String) throws {
    let context = try TestIdentity.shared.clientContext()
    let error = #expect(throws: TLSError.self) { _ = try TLSHandler.client(context, serverName: name) }
    #expect(error?.description == "not a server name: \(name)")
  }
}
