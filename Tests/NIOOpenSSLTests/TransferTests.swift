// Data through two of our handlers: large, pipelined, written early, and every promise kept.

import NIOCore
import NIOOpenSSL
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(2))) struct TransferTests {
  @Test(arguments: [1, 16_383, 16_384, 16_385, 900_000, 10_000_000]) func echoes(_ count: Int) async throws {
    let content = TestPattern.bytes(count)
    try await TestServer.run(.echo) { server in
      let client = try await TestClient.connect(
        server, context: TestIdentity.shared.clientContext(), limits: TLSLimits(backlog: 16_000_000),
        awaiting: count)
      try await client.send(content)
      #expect(try await client.reply.get().bytes == ByteBuffer(bytes: content))
      try await client.channel.close()
    }
  }

  @Test func twoHundredPipelinedRequestsAreAnswered() async throws {
    let request = "GET /bytes/10 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    let last = "GET /bytes/10 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try await TestServer.run(.http) { server in
      let client = try await TestClient.connect(server, context: TestIdentity.shared.clientContext())
      try await client.send(String(repeating: request, count: 199) + last)
      let text = try await client.reply.get().text
      #expect(text.split(separator: "HTTP/1.1 200 OK", omittingEmptySubsequences: false).count == 201)
    }
  }

  @Test func everyWriteOfASharedRecordIsConfirmed() async throws {
    try await TestServer.run(.echo) { server in
      let client = try await TestClient.connect(
        server, context: TestIdentity.shared.clientContext(), awaiting: 20_008)
      let channel = client.channel
      let parts = ["a", "", "bc", String(repeating: "d", count: 20_000), "", "efghi"]
      let writes = try await channel.eventLoop.submit {
        parts.map { channel.write(ByteBuffer(string: $0)) }
      }.get()
      channel.flush()
      for write in writes { try await write.get() }
      #expect(try await client.reply.get().text == parts.joined())
      try await channel.close()
    }
  }

  @Test func earlyWritesAreBounded() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    // Accepts and says nothing, so that the handshake cannot end.
    let listener = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
    let context = try TestIdentity.shared.clientContext()
    let channel = try await ClientBootstrap(group: group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            TLSHandler.client(context, serverName: "localhost", limits: TLSLimits(backlog: 10)))
        }
      }
      .connect(to: listener.localAddress!).get()
    let kept = channel.eventLoop.makePromise(of: Void.self)
    channel.writeAndFlush(ByteBuffer(repeating: 1, count: 10), promise: kept)
    let error = await #expect(throws: TLSError.self) {
      try await channel.writeAndFlush(ByteBuffer(repeating: 1, count: 1))
    }
    #expect(error?.description == "too much was written before the end of the TLS handshake")
    try await channel.close()
    await #expect(throws: ChannelError.ioOnClosedChannel) { try await kept.futureResult.get() }
    try await listener.close()
    try await group.shutdownGracefully()
  }
}
