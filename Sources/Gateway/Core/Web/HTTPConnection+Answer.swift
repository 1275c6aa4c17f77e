// How a connection answers: the route works in a task of its own, the response goes out whole or part by part,
// and the next request is looked at only when the client has taken it.

import NIOCore
import NIOHTTP1
import PluginAPI

extension HTTPConnection {
  private typealias Bound = NIOLoopBound<(HTTPConnection, ChannelHandlerContext)>
  /// What of a request its answer depends on.
  private struct Asked: Sendable {
    let route: String?
    let keepAlive: Bool
    let version: HTTPVersion
    let isHead: Bool
    /// To others the end of the connection is the end of a stream.
    var knowsChunks: Bool { version == .http1_1 }
  }

  func answer(
    _ assembly: RequestAssembly, with handler: @escaping InternalRoute.Handler,
    _ context: ChannelHandlerContext
  ) {
    state = .answering
    self.assembly = nil
    enter(.answering, context)
    let call = assembly.call(
      from: remoteAddress(of: assembly.head), certificateName: certificateName)
    let asked = Asked(
      route: assembly.route, keepAlive: assembly.keepAlive, version: assembly.head.version,
      isHead: assembly.head.method == .HEAD)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    let work: @Sendable () async -> Void = {
      await HTTPConnection.answer(call, with: handler, asked, bound, on: loop)
    }
    handlerTask = Task(operation: work)
  }

  private static func answer(
    _ call: WebCall, with handler: InternalRoute.Handler, _ asked: Asked, _ bound: Bound,
    on loop: any EventLoop
  ) async {
    switch await handler(call) {
    case .whole(let response):
      loop.execute { bound.value.0.finish(response, .whole, asked, bound.value.1) }
    case .stream(let response, let next, let ended):
      defer { ended() }
      guard !asked.isHead, response.status == 200 else {
        let framing: WebService.Framing = response.status == 200 ? .untold : .whole
        return loop.execute { bound.value.0.finish(response, framing, asked, bound.value.1) }
      }
      let isComplete = await send(response, next, asked, bound, on: loop)
      loop.execute { bound.value.0.endStream(isComplete, asked, bound.value.1) }
    }
  }

  private func finish(
    _ response: WebResponse, _ framing: WebService.Framing, _ asked: Asked, _ context: ChannelHandlerContext
  ) {
    handlerTask = nil
    service.metrics.answered(asked.route, status: response.status)
    guard context.channel.isActive else { return service.ended(id) }
    respond(
      response, framing, keepAlive: asked.keepAlive, version: asked.version, isHead: asked.isHead, context)
  }

  /// Each part is asked for when the client has taken the one before. False: the connection is broken.
  private static func send(
    _ response: WebResponse, _ next: @Sendable () async -> [UInt8]?, _ asked: Asked,
    _ bound: Bound, on loop: any EventLoop
  ) async -> Bool {
    do {
      try await loop.flatSubmit { bound.value.0.beginStream(response, asked, bound.value.1) }.get()
      while !Task.isCancelled, let part = await next() {
        if part.isEmpty { continue }
        try await loop.flatSubmit { bound.value.0.writePart(part, bound.value.1) }.get()
      }
      return true
    } catch { return false }
  }

  private func beginStream(
    _ response: WebResponse, _ asked: Asked, _ context: ChannelHandlerContext
  ) -> EventLoopFuture<Void> {
    guard context.channel.isActive else {
      return context.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }
    isStreaming = true
    service.registry.release(id)
    service.metrics.answered(asked.route, status: response.status)
    let head = service.responseHead(
      response, asked.knowsChunks ? .chunked : .untold, keepAlive: asked.keepAlive && asked.knowsChunks,
      version: asked.version)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    return writePart(response.body, context)
  }

  private func writePart(_ part: [UInt8], _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
    enter(.writing, context)
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenSuccess { self.enter(.answering, context) }
    context.writeAndFlush(
      Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: part)))), promise: written)
    return written.futureResult
  }

  private func endStream(_ isComplete: Bool, _ asked: Asked, _ context: ChannelHandlerContext) {
    handlerTask = nil
    isStreaming = false
    guard context.channel.isActive else { return service.ended(id) }
    guard isComplete else { return context.close(promise: nil) }
    end(keepAlive: asked.keepAlive && asked.knowsChunks && mayGoOn, context)
  }

  func refuse(_ refusal: Refusal, keepAlive: Bool, _ context: ChannelHandlerContext) {
    let head = assembly?.head
    service.metrics.rejected(refusal.reason)
    service.metrics.answered(assembly?.route, status: refusal.status)
    assembly = nil
    state = .answering
    respond(
      service.refusal(refusal), .whole, headers: refusal.headers,
      keepAlive: keepAlive, version: head?.version ?? .http1_1, isHead: head?.method == .HEAD, context)
  }

  private func respond(
    _ response: WebResponse, _ framing: WebService.Framing, headers: [(name: String, value: String)] = [],
    keepAlive: Bool, version: HTTPVersion, isHead: Bool, _ context: ChannelHandlerContext
  ) {
    service.registry.release(id)
    let keepAlive = keepAlive && mayGoOn
    let head = service.responseHead(response, framing, headers, keepAlive: keepAlive, version: version)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    if !isHead, !response.body.isEmpty, head.status.mayHaveResponseBody {
      context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
    }
    end(keepAlive: keepAlive, context)
  }

  private func end(keepAlive: Bool, _ context: ChannelHandlerContext) {
    enter(.writing, context)
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
