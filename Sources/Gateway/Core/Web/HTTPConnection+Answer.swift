// How a connection answers: the plugin works in a task of its own, the response goes out whole, and the next
// request is looked at only when the client has taken it.

import NIOCore
import NIOHTTP1
import PluginAPI

extension HTTPConnection {
  func answer(
    _ assembly: RequestAssembly, with handler: @escaping @Sendable (WebRequest) async -> WebResponse,
    _ context: ChannelHandlerContext
  ) {
    state = .answering
    self.assembly = nil
    enter(.answering, context)
    let request = assembly.request(from: remoteAddress)
    let (isHead, keepAlive, version) = (
      assembly.head.method == .HEAD, assembly.keepAlive, assembly.head.version
    )
    let route = assembly.route
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    handlerTask = Task {
      let response = await handler(request)
      loop.execute {
        let (connection, context) = bound.value
        connection.handlerTask = nil
        connection.service.metrics.answered(route, status: response.status)
        guard context.channel.isActive else { return connection.service.ended(connection.id) }
        connection.respond(response, keepAlive: keepAlive, version: version, isHead: isHead, context)
      }
    }
  }

  func refuse(_ refusal: Refusal, keepAlive: Bool, _ context: ChannelHandlerContext) {
    let head = assembly?.head
    service.metrics.rejected(refusal.reason)
    service.metrics.answered(assembly?.route, status: refusal.status)
    assembly = nil
    state = .answering
    respond(
      WebResponse(refusal.status, body: Array("\(refusal.text)\n".utf8)), headers: refusal.headers,
      keepAlive: keepAlive, version: head?.version ?? .http1_1, isHead: head?.method == .HEAD, context)
  }

  private func respond(
    _ response: WebResponse, headers: [(name: String, value: String)] = [], keepAlive: Bool,
    version: HTTPVersion, isHead: Bool, _ context: ChannelHandlerContext
  ) {
    service.registry.release(reservedBytes)
    reservedBytes = 0
    let keepAlive = keepAlive && !service.registry.isDraining
    let head = service.responseHead(response, headers, keepAlive: keepAlive, version: version)
    enter(.writing, context)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    if !isHead, !response.body.isEmpty, head.status.mayHaveResponseBody {
      context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
    }
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenSuccess {
      if keepAlive { self.continueReading(context) } else { self.linger(context) }
    }
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: written)
  }

  /// Ends our side first: a close with unread input would reset the connection and take the response with it.
  func linger(_ context: ChannelHandlerContext) {
    state = .lingering
    assembly = nil
    if inputEnded { return context.close(promise: nil) }
    enter(.lingering, context)
    context.close(mode: .output, promise: nil)
    resumeRead(context)
  }
}

extension HTTPResponseStatus {
  /// RFC 9110 §6.4.1; a status below 200 never comes here.
  fileprivate var mayHaveResponseBody: Bool { code != 204 && code != 304 }
}
