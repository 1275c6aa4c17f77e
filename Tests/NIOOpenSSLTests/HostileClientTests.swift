// Clients that do not speak TLS, speak it byte by byte, fall silent or go away.

import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite(.timeLimit(.minutes(2))) struct HostileClientTests {
  @Test func oneByteInAPacketIsEnough() async throws {
    try await TestServer.run(.http, splitting: true) { server in
      let client = try await TestClient.connect(server, context: TestIdentity.shared.clientContext())
      try await client.send(OpenSSLClientTests.request)
      let reply = try await client.reply.get()
      #expect(reply.alpn == "http/1.1")
      #expect(reply.errors == [])
      #expect(reply.text.hasPrefix("HTTP/1.1 200 OK"))
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", "error the TLS handshake failed: SSL routines: http request"),
    (
      "\u{16}\u{3}\u{1}\u{7f}\u{7f}\u{1}",
      "error the TLS handshake failed: SSL routines: packet length too long"
    ),
    ("garbage garbage garbage", "error the TLS handshake failed: SSL routines: wrong version number"),
  ]) func whatIsNotTLSIsClosed(_ text: String, _ error: String) async throws {
    try await TestServer.run(.echo) { server in
      let client = try await TestClient.connect(server)
      try await client.send(text)
      #expect(await server.event("error") == error)
      _ = try await client.reply.get()
      try await serves(server)
    }
  }

  @Test func aSilentClientIsClosed() async throws {
    try await TestServer.run(.echo, limits: TLSLimits(handshake: .milliseconds(50))) { server in
      let client = try await TestClient.connect(server)
      let reply = try await client.reply.get()
      #expect(reply.bytes.readableBytes == 0)
      #expect(await server.event("error") == "error the TLS handshake took too long")
    }
  }

  @Test func theHandshakeMayTakeTenSeconds() {
    #expect(TLSLimits().handshake == .seconds(10))
  }

  @Test func aFinishedHandshakeHasNoLimit() async throws {
    try await TestServer.run(.echo) { server in
      let client = try await TestClient.connect(
        server, context: TestIdentity.shared.clientContext(), awaiting: 5)
      let channel = client.channel
      try await client.send("hello")
      _ = try await client.reply.get()
      let isLimited = try await channel.eventLoop.submit {
        try channel.pipeline.syncOperations.handler(type: TLSHandler.self).timer != nil
      }.get()
      #expect(!isLimited)
      try await channel.close()
    }
  }

  @Test func abortedHandshakesLeaveNothingBehind() async throws {
    try await TestServer.run(.echo) { server in
      for _ in 0..<50 {
        let client = try await TestClient.connect(server)
        try await client.send("\u{16}\u{3}\u{1}")
        try await client.channel.close()
      }
      for _ in 0..<50 { #expect(await server.event("inactive") != nil) }
      try await serves(server)
    }
  }

  @Test func aBrokenRecordEndsTheConnection() async throws {
    try await TestServer.run(.echo) { server in
      let client = try await TestClient.connect(
        server, context: TestIdentity.shared.clientContext())
      #expect(await server.event("handshake") != nil)
      try await client.sendBeneathTLS([23, 3, 3, 0, 20] + [UInt8](repeating: 7, count: 20))
      #expect(
        await server.event("error")
          == "error the TLS connection failed: SSL routines: decryption failed or bad record mac")
      let reply = try await client.reply.get()
      #expect(reply.errors == ["the TLS connection failed: SSL routines: sslv3 alert bad record mac"])
      try await serves(server)
    }
  }

  private func serves(_ server: TestServer) async throws {
    let client = try await TestClient.connect(
      server, context: TestIdentity.shared.clientContext(), awaiting: 5)
    try await client.send("hello")
    #expect(try await client.reply.get().text == "hello")
    try await client.channel.close()
  }
}
