// A loopback HTTPS/1.1 listener for simulated services: limits on everything a client sends, answers in
// order.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix

final class HTTPServer: Sendable {
  typealias Respond = @Sendable (ServerRequest, any EventLoop) -> ServerReply

  static let bodyLimit = 4 << 20
  static let idleLimit: TimeAmount = .seconds(120)
  private let channel: any Channel

  /// `port` 0 takes a free one.
  init(port: Int, group: any EventLoopGroup, tls: TLSServerContext, respond: @escaping Respond) async throws {
    channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(TLSHandler.server(tls))
          try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
          try pipeline.addHandler(IdleStateHandler(allTimeout: Self.idleLimit))
          try pipeline.addHandler(HTTPServerHandler(bodyLimit: Self.bodyLimit, respond: respond))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
  }

  var port: Int { channel.localAddress?.port ?? 0 }

  /// Stops listening; open connections end with the event loop group.
  func close() async { try? await channel.close().get() }
}
