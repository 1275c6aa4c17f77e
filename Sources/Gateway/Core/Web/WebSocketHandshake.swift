// The client's half of the upgrade (RFC 6455 §4.1): one request, one answer, then the HTTP handlers leave.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOWebSocket
import PluginAPI

final class WebSocketHandshake: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let url: WebSocketURL
  private let attempt: WebSocketAttempt
  private let upgrader: NIOWebSocketClientUpgrader
  private enum State {
    case asking
    case accepted(HTTPResponseHead)
    /// The HTTP handlers are leaving; what they had not parsed are the first frames.
    case switching([NIOAny])
    case done
  }
  private var state = State.asking

  init(_ url: WebSocketURL, _ attempt: WebSocketAttempt, limits: WebLimits) {
    self.url = url
    self.attempt = attempt
    upgrader = NIOWebSocketClientUpgrader(
      maxFrameSize: limits.maxMessageBytes, automaticErrorHandling: false
    ) { channel, _ in
      channel.eventLoop.makeCompletedFuture {
        let owner = DialledWebSocket(limits: limits)
        let session = WebSocketSession(owner, remoteAddress: channel.remoteAddress?.ipAddress ?? "") { peer in
          // The session lives as long as its handler.
          if attempt.succeed(peer) { await peer.closed() }
        }
        try channel.pipeline.syncOperations.addHandler(session)
      }
    }
  }

  func channelActive(context: ChannelHandlerContext) {
    attempt.opened(context.channel)
    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: url.target)
    head.headers.add(name: "Host", value: url.authority)
    head.headers.add(name: "Connection", value: "Upgrade")
    head.headers.add(name: "Upgrade", value: "websocket")
    upgrader.addCustom(upgradeRequestHeaders: &head.headers)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch state {
    case .asking: take(Self.unwrapInboundIn(data), context)
    case .accepted(let head): if case .end = Self.unwrapInboundIn(data) { handOver(head, context) }
    case .switching(let frames): state = .switching(frames + [data])
    case .done: break
    }
  }

  private func take(_ part: HTTPClientResponsePart, _ context: ChannelHandlerContext) {
    guard case .head(let head) = part else { return }
    if head.status != .switchingProtocols {
      fail(.cannotConnect("answered \(head.status.code) to the upgrade to WebSocket"), context)
    } else if isUpgrade(head) {
      state = .accepted(head)
    } else {
      fail(.cannotConnect("the answer to the upgrade to WebSocket is wrong"), context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    attempt.fail(.cannotConnect("the connection was closed before the upgrade to WebSocket"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case let error as TLSError:
      fail(error.kind == .handshakeTimedOut ? .timedOut : .tls("\(error)"), context)
    case is HTTPParserError: fail(.cannotConnect("the answer is not HTTP"), context)
    case is ByteToMessageDecoderError: break
    default: fail(.cannotConnect("\(error)"), context)
    }
  }

  private func fail(_ error: HTTPClientError, _ context: ChannelHandlerContext) {
    state = .done
    attempt.fail(error)
    context.close(promise: nil)
  }

  /// §4.2.2: neither an extension nor a subprotocol was asked for.
  private func isUpgrade(_ head: HTTPResponseHead) -> Bool {
    func has(_ name: String, _ word: String) -> Bool {
      head.headers[canonicalForm: name].contains { $0.lowercased() == word }
    }
    return has("upgrade", "websocket") && has("connection", "upgrade")
      && !head.headers.contains(name: "sec-websocket-extensions")
      && !head.headers.contains(name: "sec-websocket-protocol")
      && upgrader.shouldAllowUpgrade(upgradeResponse: head)
  }

  /// The decoder observes what is written, too: no frame may be sent before it has left.
  private func handOver(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
    state = .switching([])
    let pipeline = context.pipeline.syncOperations
    guard let encoder = try? pipeline.context(handlerType: HTTPRequestEncoder.self),
      let decoder = try? pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
    else { return fail(.cannotConnect("the connection was closed"), context) }
    pipeline.removeHandler(context: encoder, promise: nil)
    let left = context.eventLoop.makePromise(of: Void.self)
    left.futureResult.assumeIsolated().whenComplete { _ in self.beginFrames(head, context) }
    pipeline.removeHandler(context: decoder, promise: left)
  }

  private func beginFrames(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
    guard case .switching(let frames) = state, context.channel.isActive else { return }
    state = .done
    let (attempt, channel) = (attempt, context.channel)
    upgrader.upgrade(context: context, upgradeResponse: head).whenFailure { error in
      attempt.fail(.cannotConnect("\(error)"))
      channel.close(promise: nil)
    }
    for frame in frames { context.fireChannelRead(frame) }
    context.fireChannelReadComplete()
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }
}

/// A session that a plugin dialled: the plugin counts what matters to it, and ends it.
private struct DialledWebSocket: WebSocketOwner {
  let limits: WebLimits

  var side: WebSocketSide { .client }
  func opened(_ control: @escaping ConnectionRegistry.Control) {}
  func received() {}
  func sent(_ count: Int) {}
  func refused(_ reason: String) {}
  func failed(_ error: any Error, _ channel: any Channel) { channel.close(promise: nil) }
  func ended() {}
}
