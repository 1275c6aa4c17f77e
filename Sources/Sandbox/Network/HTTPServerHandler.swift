// One connection of the listener: gathers a request within its limit, and writes the answer it gets.

import NIOCore
import NIOHTTP1
import NIOOpenSSL

#if canImport(Glibc)
  import Glibc
#endif

final class HTTPServerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let bodyLimit: Int
  private let respond: HTTPServer.Respond
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(bodyLimit: Int, respond: @escaping HTTPServer.Respond) {
    self.bodyLimit = bodyLimit
    self.respond = respond
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body.removeAll(keepingCapacity: body.capacity < 1 << 16)
    case .body(let part):
      guard head != nil else { return }
      guard body.count + part.readableBytes <= bodyLimit else {
        head = nil
        write(ServerAnswer(.payloadTooLarge), keepAlive: false, to: context)
        return
      }
      body.append(contentsOf: part.readableBytesView)
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let request = ServerRequest(method: head.method, uri: head.uri, headers: head.headers, body: body)
    switch respond(request, context.eventLoop) {
    case .now(let answer):
      write(answer, keepAlive: head.isKeepAlive, to: context)
    case .later(let future):
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      let keepAlive = head.isKeepAlive
      future.hop(to: context.eventLoop).whenComplete { result in
        let (handler, context) = bound.value
        switch result {
        case .success(let answer): handler.write(answer, keepAlive: keepAlive, to: context)
        case .failure: context.close(promise: nil)
        }
      }
    case .never: break
    case .reset:
      let channel = context.channel
      guard let socket = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
      socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
        // From below the TLS handler, which would say goodbye first.
        try? channel.pipeline.syncOperations.context(handlerType: TLSHandler.self).close(promise: nil)
      }
    }
  }

  private func write(_ answer: ServerAnswer, keepAlive: Bool, to context: ChannelHandlerContext) {
    var headers = answer.headers
    if answer.status != .noContent {
      headers.replaceOrAdd(name: "Content-Length", value: "\(answer.body.count)")
    }
    if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
    let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if !answer.body.isEmpty {
      context.write(
        wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: answer.body)))),
        promise: nil)
    }
    let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !keepAlive {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      end.whenComplete { _ in bound.value.close(promise: nil) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
