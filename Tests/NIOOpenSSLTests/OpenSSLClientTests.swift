// The listener's TLS as `openssl s_client` sees it: versions, ciphers, ALPN, resumption, renegotiation.

import NIOOpenSSL
import OpenSSLCrypto
import Testing

@Suite(.timeLimit(.minutes(2))) struct OpenSSLClientTests {
  static let request = "GET /bytes/5 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

  private func probe(
    _ server: TestServer, _ scratch: ScratchDirectory, _ options: String..., input: String = Self.request
  ) async throws -> String {
    let common = ["openssl", "s_client", "-connect", "127.0.0.1:\(server.port)", "-servername", "localhost"]
    return try await scratch.command(common + options, input: input).text
  }

  @Test(arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
  func servesBothVersions(_ option: String, _ version: String) async throws {
    let scratch = try ScratchDirectory()
    let trust = try scratch.write(TestIdentity.shared.authority.pem, "trust.pem")
    let text = try await TestServer.run(.http) {
      try await probe($0, scratch, option, "-ign_eof", "-alpn", "h2,http/1.1", "-CAfile", trust)
    }
    #expect(text.contains("\(version), Cipher is"))
    #expect(text.contains("ALPN protocol: http/1.1\n"))
    #expect(text.contains("Verification: OK\n"))
    #expect(text.contains("HTTP/1.1 200 OK"))
  }

  @Test(arguments: ["-tls1", "-tls1_1"]) func refusesOldVersions(_ option: String) async throws {
    let scratch = try ScratchDirectory()
    try await TestServer.run(.http) { server in
      let text = try await probe(server, scratch, option, "-cipher", "ALL:@SECLEVEL=0")
      #expect(text.contains("alert protocol version"))
      #expect(
        await server.event("error") == "error the TLS handshake failed: SSL routines: unsupported protocol")
    }
  }

  @Test func refusesCBCSuites() async throws {
    let scratch = try ScratchDirectory()
    let text = try await TestServer.run(.http) {
      try await probe($0, scratch, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")
    }
    #expect(text.contains("alert handshake failure"))
  }

  @Test func refusesClientsThatSpeakOnlyHTTP2() async throws {
    let scratch = try ScratchDirectory()
    let text = try await TestServer.run(.http) { try await probe($0, scratch, "-alpn", "h2") }
    #expect(text.contains("SSL alert number 120"))
  }

  @Test func servesClientsWithoutALPN() async throws {
    let scratch = try ScratchDirectory()
    try await TestServer.run(.http) { server in
      let text = try await probe(server, scratch, "-ign_eof")
      #expect(text.contains("No ALPN negotiated"))
      #expect(text.contains("HTTP/1.1 200 OK"))
      #expect(await server.event("handshake") == "handshake without ALPN")
    }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"]) func resumesSessionsUntilTheCertificateChanges(
    _ version: String
  ) async throws {
    let scratch = try ScratchDirectory()
    let session = "\(scratch.path)/session"
    let context = try TestIdentity.shared.serverContext()
    try await TestServer.run(.http, context: context) { server in
      let first = try await probe(server, scratch, version, "-ign_eof", "-sess_out", session)
      #expect(first.contains("\nNew, TLSv1"))
      let second = try await probe(server, scratch, version, "-ign_eof", "-sess_in", session)
      #expect(second.contains("\nReused, TLSv1"))
      #expect(second.contains("HTTP/1.1 200 OK"))
      let other = try TestIdentity()
      try context.replace(certificateChainPEM: other.chainPEM, privateKeyPEM: other.keyPEM)
      let third = try await probe(server, scratch, version, "-ign_eof", "-sess_in", session)
      #expect(third.contains("\nNew, TLSv1"))
      #expect(third.contains("HTTP/1.1 200 OK"))
    }
  }

  @Test func refusesRenegotiation() async throws {
    let scratch = try ScratchDirectory()
    try await TestServer.run(.http) { server in
      let text = try await probe(server, scratch, "-tls1_2", input: "R\n")
      #expect(text.contains("RENEGOTIATING"))
      #expect(text.contains("no renegotiation"))
      let next = try await probe(server, scratch, "-ign_eof")
      #expect(next.contains("HTTP/1.1 200 OK"))
    }
  }

  @Test func closesWithCloseNotify() async throws {
    let scratch = try ScratchDirectory()
    // Without close_notify s_client reports "unexpected eof while reading".
    let text = try await TestServer.run(.http) { try await probe($0, scratch, "-ign_eof") }
    #expect(!text.contains("unexpected eof"))
    #expect(text.hasSuffix("closed\n"))
  }
}
