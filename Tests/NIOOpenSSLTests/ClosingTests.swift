// How connections end: nothing that was answered is lost, and nothing stays open for ever.

import NIOCore
import NIOOpenSSL
import Testing

@Suite(.timeLimit(.minutes(2))) struct ClosingTests {
  static let lateRequest = "GET /after-end HTTP/1.1\r\nHost: localhost\r\n\r\n"

  private func connect(_ server: TestServer, awaiting count: Int = .max) async throws -> TestClient {
    try await TestClient.connect(server, context: TestIdentity.shared.clientContext(), awaiting: count)
  }

  @Test func anAnswerFollowsCloseNotify() async throws {
    try await TestServer.run(.http) { server in
      let client = try await connect(server)
      #expect(await server.event("handshake") != nil)
      try await client.send(Self.lateRequest)
      try await client.channel.close(mode: .output)
      let reply = try await client.reply.get()
      #expect(reply.text.hasPrefix("HTTP/1.1 200 OK"))
      #expect(reply.errors == [])
      #expect(await server.event("input closed") != nil)
      #expect(await server.event("inactive") != nil)
    }
  }

  @Test func anAnswerFollowsFIN() async throws {
    try await TestServer.run(.http) { server in
      let client = try await connect(server)
      #expect(await server.event("handshake") != nil)
      try await client.send(Self.lateRequest)
      try await client.sendFIN()
      let reply = try await client.reply.get()
      #expect(reply.text.hasPrefix("HTTP/1.1 200 OK"))
      #expect(await server.event("inactive") != nil)
    }
  }

  @Test func anIdleConnectionEndsWithItsPeer() async throws {
    try await TestServer.run(.http) { server in
      let client = try await connect(server)
      #expect(await server.event("handshake") != nil)
      try await client.channel.close()
      #expect(await server.event("inactive") != nil)
    }
  }

  @Test func aHalfClosedConnectionThatNobodyAnswersIsClosed() async throws {
    try await TestServer.run(.sink, limits: TLSLimits(halfClosed: .milliseconds(50))) { server in
      let client = try await connect(server)
      #expect(await server.event("handshake") != nil)
      try await client.channel.close(mode: .output)
      #expect(try await client.reply.get().bytes.readableBytes == 0)
      #expect(await server.event("inactive") != nil)
    }
  }

  @Test func anEarlyRefusalReachesAClientThatIsStillSending() async throws {
    try await TestServer.run(.refusal) { server in
      let client = try await connect(server)
      #expect(await server.event("handshake") != nil)
      client.channel.writeAndFlush(ByteBuffer(repeating: 1, count: 8_000_000), promise: nil)
      let reply = try await client.reply.get()
      #expect(reply.bytes.readableBytes == 100_000)
      #expect(await server.event("inactive") != nil)
    }
  }

  @Test func aPeerThatNeverEndsIsClosedAfterTheLimit() async throws {
    let limits = TLSLimits(handshake: .milliseconds(20), closing: .milliseconds(50))
    try await TestServer.run(.sink, limits: limits) { server in
      let client = try await TestClient.connect(server, keepingOpen: true)
      #expect(await server.event("error") == "error the TLS handshake took too long")
      #expect(await server.event("inactive") != nil)
      try await client.channel.close()
    }
  }

  @Test func theClientsCloseIsSeenAtOnceByTheServer() async throws {
    try await TestServer.run(.echo) { server in
      let client = try await connect(server, awaiting: 3)
      try await client.send("abc")
      _ = try await client.reply.get()
      try await client.channel.close()
      #expect(await server.event("input closed") != nil)
      #expect(await server.event("inactive") != nil)
    }
  }

  @Test func writesAfterTheEndFail() async throws {
    try await TestServer.run(.sink) { server in
      let client = try await connect(server)
      try await client.send("abc")
      try await client.channel.close(mode: .output)
      await #expect(throws: ChannelError.outputClosed) { try await client.send("def") }
      try await client.channel.close()
      await #expect(throws: ChannelError.ioOnClosedChannel) { try await client.send("def") }
    }
  }
}
