// The client side of one connection: writes a job, gathers its answer within a limit, fails it when the peer
// goes.

import NIOCore
import NIOHTTP1

final class HTTPPosterHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = PostJob
  typealias OutboundOut = HTTPClientRequestPart

  static let answerLimit = 8 << 20
  private var job: PostJob?
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let next = unwrapOutboundIn(data)
    guard job == nil else {
      promise?.fail(PostFailure.busy)
      return
    }
    job = next
    next.written(.now())
    context.write(wrapOutboundOut(.head(next.head)), promise: nil)
    if next.body.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(.byteBuffer(next.body))), promise: nil)
    }
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      // An interim answer (1xx) is not the answer.
      if head.status.code >= 200 { self.head = head }
      body = []
    case .body(let part):
      guard body.count + part.readableBytes <= Self.answerLimit else {
        return fail(PostFailure.tooLarge, context)
      }
      body.append(contentsOf: part.readableBytesView)
    case .end:
      guard let head, let job else { return }
      self.head = nil
      self.job = nil
      if !head.isKeepAlive { context.close(promise: nil) }
      job.promise.succeed(PostResult(status: Int(head.status.code), headers: head.headers, body: body))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(PostFailure.connectionLost, context)
    context.fireChannelInactive()
  }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

  private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
    let failed = job
    job = nil
    context.close(promise: nil)
    failed?.promise.fail(error)
  }
}
