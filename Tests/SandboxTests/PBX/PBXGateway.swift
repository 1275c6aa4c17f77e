// A tiny gateway for tests: a WebSocket server on loopback that keeps what it hears and says what it is told.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import NIOWebSocket

@testable import Sandbox

/// One accepted WebSocket.
struct PBXGatewayCall: Sendable {
  let channel: any Channel
  let uri: String
  let heard: AsyncStream<PBXGatewayCall.Heard>

  enum Heard: Sendable, Equatable {
    /// A whole message and the number of frames it came in.
    case text(String, frames: Int)
    case close(UInt16?)
    case end
  }

  func say(_ text: String) { send(.text, ByteBuffer(string: text)) }
  func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, fin: Bool = true) {
    channel.writeAndFlush(WebSocketFrame(fin: fin, opcode: opcode, data: data), promise: nil)
  }
  /// The next message's text; nil when the connection ended instead.
  func text() async -> String? {
    if case .text(let text, _)? = await heard.first(where: { _ in true }) { text } else { nil }
  }
  func next() async -> Heard? { await heard.first { _ in true } }
}

struct PBXGateway: Sendable {
  let channel: any Channel
  let calls: AsyncStream<PBXGatewayCall>
  /// One for each request that was answered with 404.
  let refusals: AsyncStream<Void>
  var port: Int { channel.localAddress?.port ?? 0 }

  static func listen(tls: TLSServerContext? = nil, refusing: Bool = false) async throws -> PBXGateway {
    let (calls, feed) = AsyncStream.makeStream(
      of: PBXGatewayCall.self, bufferingPolicy: .bufferingOldest(100))
    let (refusals, refused) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(100))
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, head in
              channel.eventLoop.makeCompletedFuture {
                let (heard, ear) = AsyncStream.makeStream(
                  of: PBXGatewayCall.Heard.self, bufferingPolicy: .bufferingOldest(10_000))
                try channel.pipeline.syncOperations.addHandler(Ear(ear))
                feed.yield(PBXGatewayCall(channel: channel, uri: head.uri, heard: heard))
              }
            })
          let sync = channel.pipeline.syncOperations
          if let tls { try sync.addHandler(TLSHandler.server(tls)) }
          try sync.configureHTTPServerPipeline(
            withServerUpgrade: (upgraders: refusing ? [] : [upgrader], completionHandler: { _ in }))
          if refusing { try sync.addHandler(NotFound(refused)) }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return PBXGateway(channel: channel, calls: calls, refusals: refusals)
  }

  func call() async -> PBXGatewayCall? { await calls.first { _ in true } }
  func close() async { try? await channel.close() }

  private final class NotFound: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let refused: AsyncStream<Void>.Continuation

    init(_ refused: AsyncStream<Void>.Continuation) { self.refused = refused }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard case .end = unwrapInboundIn(data) else { return }
      let head = HTTPResponseHead(version: .http1_1, status: .notFound, headers: ["Content-Length": "0"])
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      refused.yield()
    }
  }

  private final class Ear: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    private let ear: AsyncStream<PBXGatewayCall.Heard>.Continuation
    private var whole = ByteBuffer()
    private var frames = 0

    init(_ ear: AsyncStream<PBXGatewayCall.Heard>.Continuation) { self.ear = ear }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let frame = unwrapInboundIn(data)
      var content = frame.unmaskedData
      switch frame.opcode {
      case .text, .continuation:
        frames += 1
        whole.writeBuffer(&content)
        guard frame.fin else { return }
        ear.yield(.text(String(buffer: whole), frames: frames))
        whole.clear()
        frames = 0
      case .connectionClose:
        ear.yield(.close(content.readInteger(as: UInt16.self)))
      default: break
      }
    }
    func channelInactive(context: ChannelHandlerContext) { ear.yield(.end) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
