// The HTTP application of the listener under test.

import NIOCore
import NIOHTTP1

/// `GET /bytes/N` answers N bytes, `GET /after-end` answers only when the peer has finished sending, `POST`
/// echoes.
final class HTTPAnswers: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  private var isInputClosed = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body.clear()
    case .body(var part): body.writeBuffer(&part)
    case .end:
      guard let head else { return }
      if head.uri == "/after-end" && !isInputClosed { return }
      answer(head, context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else { return }
    isInputClosed = true
    if let head {
      answer(head, context)
    } else {
      context.close(promise: nil)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    self.head = nil
    var content = body
    if head.method == .GET {
      let count = head.uri.split(separator: "/").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 5
      content = ByteBuffer(bytes: TestPattern.bytes(count))
    }
    let fields = HTTPHeaders([("content-length", "\(content.readableBytes)")])
    let answer = HTTPResponseHead(version: .http1_1, status: .ok, headers: fields)
    context.write(Self.wrapOutboundOut(.head(answer)), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(content))), promise: nil)
    let written = context.writeAndFlush(Self.wrapOutboundOut(.end(nil)))
    if !head.isKeepAlive || isInputClosed {
      written.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
  }
}

/// Bytes in which a lost, doubled or swapped piece shows.
enum TestPattern {
  // A prime length, so that no record or page begins like the one before it.
  private static let block = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  static func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += block.prefix(count - bytes.count) }
    return bytes
  }
}
