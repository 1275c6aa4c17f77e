// A listener on loopback with our handler first in its pipelines, and what happened on its connections.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix

struct TestServer: Sendable {
  enum Application: Sendable {
    /// Writes back what it reads and closes at the end of input.
    case echo
    /// Reads and never answers nor closes.
    case sink
    /// Answers to the first bytes with 100 kB, then closes.
    case refusal
    /// HTTP, see `HTTPAnswers`.
    case http
  }

  /// A busy machine may pause a test for longer than a listener waits for its clients.
  static let patient = TLSLimits(handshake: .minutes(2), halfClosed: .minutes(2), closing: .minutes(2))

  let port: Int
  /// `handshake ALPN`, `input closed`, `inactive` and `error TEXT`, of all connections.
  let events: AsyncStream<String>
  let group: MultiThreadedEventLoopGroup

  /// Runs `body` beside a listener. `splitting` hands every byte to TLS as a packet of its own.
  static func run<Result: Sendable>(
    _ application: Application, context: TLSServerContext? = nil, limits: TLSLimits = patient,
    splitting: Bool = false, _ body: (TestServer) async throws -> Result
  ) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let (events, log) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1000))
    let context = try context ?? TestIdentity.shared.serverContext()
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if splitting { try pipeline.addHandler(ByteSplitter()) }
          try pipeline.addHandler(TLSHandler.server(context, limits: limits))
          try pipeline.addHandler(EventTap(log))
          switch application {
          case .echo: try pipeline.addHandler(Echo())
          case .sink: break
          case .refusal: try pipeline.addHandler(Refusal())
          case .http:
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(HTTPAnswers())
          }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let server = TestServer(port: listener.localAddress!.port!, events: events, group: group)
    do {
      let result = try await body(server)
      try await listener.close()
      try await group.shutdownGracefully()
      return result
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Waits for the next event with that beginning.
  func event(_ beginning: String) async -> String? {
    await events.first { $0.hasPrefix(beginning) }
  }
}

/// Turns every packet into packets of one byte.
private final class ByteSplitter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = Self.unwrapInboundIn(data)
    while let byte = bytes.readSlice(length: 1) {
      context.fireChannelRead(Self.wrapInboundOut(byte))
      context.fireChannelReadComplete()
    }
  }
}

private final class EventTap: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  let log: AsyncStream<String>.Continuation

  init(_ log: AsyncStream<String>.Continuation) { self.log = log }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let completed as TLSHandshakeCompleted: log.yield("handshake \(completed.alpn ?? "without ALPN")")
    case ChannelEvent.inputClosed: log.yield("input closed")
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    log.yield("error \(error)")
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    log.yield("inactive")
    context.fireChannelInactive()
  }
}

private final class Echo: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
  func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }
}

private final class Refusal: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private var hasAnswered = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if hasAnswered { return }
    hasAnswered = true
    context.writeAndFlush(
      Self.wrapOutboundOut(ByteBuffer(repeating: UInt8(ascii: "r"), count: 100_000)), promise: nil)
    context.close(promise: nil)
  }
}
