// A connection to the listener under test, with or without TLS, and what came back on it.

import NIOCore
import NIOOpenSSL
import NIOPosix

struct TestClient: Sendable {
  struct Reply: Sendable {
    var bytes = ByteBuffer()
    /// Texts of the errors in the pipeline.
    var errors: [String] = []
    var alpn: String?

    var text: String { String(buffer: bytes) }
  }

  let channel: any Channel
  /// When the awaited number of bytes has come, or when the connection is closed.
  let reply: EventLoopFuture<Reply>

  /// Connects with TLS to `name` if there is a `context`. Writes before the handshake has ended are kept by
  /// the handler. `keepingOpen` leaves our side of the connection open when the listener has ended its own.
  static func connect(
    _ server: TestServer, context: TLSClientContext? = nil, name: String = "localhost",
    limits: TLSLimits = TestServer.patient, awaiting count: Int = .max, keepingOpen: Bool = false
  ) async throws -> TestClient {
    let promise = server.group.next().makePromise(of: Reply.self)
    do {
      let channel = try await ClientBootstrap(group: server.group)
        .channelOption(.allowRemoteHalfClosure, value: keepingOpen)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let context {
              try pipeline.addHandler(TLSHandler.client(context, serverName: name, limits: limits))
            }
            try pipeline.addHandler(Collector(promise, count))
          }
        }
        .connect(host: "127.0.0.1", port: server.port).get()
      return TestClient(channel: channel, reply: promise.futureResult)
    } catch {
      promise.fail(error)
      throw error
    }
  }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
  func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

  /// Ends our side of the TCP connection without telling TLS.
  func sendFIN() async throws {
    try await beneathTLS { context, promise in context.close(mode: .output, promise: promise) }
  }

  /// Sends bytes that our TLS has not made.
  func sendBeneathTLS(_ bytes: [UInt8]) async throws {
    try await beneathTLS { context, promise in
      context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: promise)
    }
  }

  private func beneathTLS(
    _ body: @escaping @Sendable (ChannelHandlerContext, EventLoopPromise<Void>) -> Void
  ) async throws {
    let channel = channel
    let promise = channel.eventLoop.makePromise(of: Void.self)
    channel.eventLoop.execute {
      do {
        body(try channel.pipeline.syncOperations.context(handlerType: TLSHandler.self), promise)
      } catch {
        promise.fail(error)
      }
    }
    try await promise.futureResult.get()
  }
}

private final class Collector: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var reply = TestClient.Reply()
  private let promise: EventLoopPromise<TestClient.Reply>
  private let count: Int

  init(_ promise: EventLoopPromise<TestClient.Reply>, _ count: Int) {
    self.promise = promise
    self.count = count
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = Self.unwrapInboundIn(data)
    reply.bytes.writeBuffer(&bytes)
    if reply.bytes.readableBytes >= count { promise.succeed(reply) }
  }
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let completed = event as? TLSHandshakeCompleted { reply.alpn = completed.alpn }
  }
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    reply.errors.append("\(error)")
    context.close(promise: nil)
  }
  func channelInactive(context: ChannelHandlerContext) { promise.succeed(reply) }
  func handlerRemoved(context: ChannelHandlerContext) { promise.succeed(reply) }
}
