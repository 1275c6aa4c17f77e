// From HTTP to WebSocket on the same connection: the HTTP handlers leave, the frame handlers and the session
// stay.

import NIOCore
import NIOHTTP1
import NIOWebSocket
import PluginAPI

extension HTTPConnection {
  func upgrade(
    _ assembly: RequestAssembly, to handler: @escaping @Sendable (any WebSocketConnection) async -> Void,
    _ context: ChannelHandlerContext
  ) {
    let service = service
    let session = WebSocketSession(
      AcceptedWebSocket(service: service, id: id, route: assembly.route ?? ""),
      remoteAddress: remoteAddress(of: assembly.head), handler)
    let bound = NIOLoopBound((self, session), eventLoop: context.eventLoop)
    let upgrader = NIOWebSocketServerUpgrader(
      maxFrameSize: service.limits.maxMessageBytes, automaticErrorHandling: false,
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          let (connection, session) = bound.value
          try channel.pipeline.syncOperations.addHandler(session)
          connection.isHandedOver = true
        }
      })
    state = .answering
    self.assembly = nil
    enter(.answering, context)
    upgrader.buildUpgradeResponse(
      channel: context.channel, upgradeRequest: assembly.head, initialResponseHeaders: [:]
    ).assumeIsolated().whenComplete { result in
      guard case .success(let headers) = result else {
        return self.refuse(.badRequest, keepAlive: false, context)
      }
      service.metrics.answered(assembly.route, status: 101)
      let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
      context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
      self.handOver(to: upgrader, assembly.head, context)
    }
  }

  /// The decoder leaves last: what it has not parsed are the first frames, and they must find the frame
  /// decoder.
  private func handOver(
    to upgrader: NIOWebSocketServerUpgrader, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
  ) {
    state = .upgraded
    let pipeline = context.pipeline.syncOperations
    guard context.channel.isActive,
      let encoder = try? pipeline.context(handlerType: HTTPResponseEncoder.self),
      let observer = try? pipeline.context(handlerType: FirstByteObserver.self),
      let decoder = try? pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
    else { return context.close(promise: nil) }
    let added = upgrader.upgrade(context: context, upgradeRequest: head)
    pipeline.removeHandler(context: encoder, promise: nil)
    pipeline.removeHandler(context: observer, promise: nil)
    pipeline.removeHandler(context: context, promise: nil)
    pipeline.removeHandler(context: decoder, promise: nil)
    let channel = context.channel
    added.whenFailure { _ in channel.close(promise: nil) }
  }
}
