// One WebSocket on its event loop: frames, close handshake, heartbeat, and back-pressure in both directions.

import NIOCore
import NIOWebSocket
import PluginAPI

final class WebSocketSession: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  /// Clients built with the PBX vendor's library refuse longer frames, but join fragments.
  private static let maxFrameBytes = 16_384

  private let owner: any WebSocketOwner
  private let handler: @Sendable (WebSocketPeer) async -> Void
  private let remoteAddress: String
  private var assembler: WebSocketAssembler
  private var heartbeat = WebSocketHeartbeat()
  private var mailbox: WebSocketMailbox?
  private var handlerTask: Task<Void, Never>?
  private var readWaits = false
  private var closeSent = false
  private var pingTimer: RepeatedTask?
  private var stallTimer: Scheduled<Void>?
  private var closeTimer: Scheduled<Void>?

  init(
    _ owner: any WebSocketOwner, remoteAddress: String,
    _ handler: @escaping @Sendable (WebSocketPeer) async -> Void
  ) {
    self.owner = owner
    self.handler = handler
    self.remoteAddress = remoteAddress
    assembler = WebSocketAssembler(owner.side, maxBytes: owner.limits.maxMessageBytes)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    let mailbox = WebSocketMailbox(
      owner.limits,
      wakeWriter: { loop.execute { bound.value.0.writeUnsent(bound.value.1) } },
      wakeReader: { loop.execute { bound.value.0.resumeRead(bound.value.1) } })
    self.mailbox = mailbox
    owner.opened { request in
      loop.execute {
        let (session, context) = bound.value
        if request == .abort {
          session.handlerTask?.cancel()
          return context.close(promise: nil)
        }
        if request == .drain { session.close(.goingAway, context) }
      }
    }
    let interval = owner.limits.pingInterval.timeAmount
    pingTimer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      bound.value.0.tick(bound.value.1)
    }
    let peer = WebSocketPeer(remoteAddress: remoteAddress, mailbox: mailbox) {
      loop.execute { bound.value.0.close(.normalClosure, bound.value.1) }
    }
    handlerTask = Task { [handler] in
      await handler(peer)
      await peer.close()
      loop.execute {
        let (session, _) = bound.value
        session.handlerTask = nil
        session.owner.ended()
      }
    }
    context.read()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    pingTimer?.cancel()
    stallTimer?.cancel()
    closeTimer?.cancel()
    mailbox?.setClosed()
    // It wakes us: each would keep the other for ever.
    mailbox = nil
    if handlerTask == nil { owner.ended() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    heartbeat.heard()
    switch assembler.take(Self.unwrapInboundIn(data)) {
    case .nothing: break
    case .message(let text):
      guard !closeSent else { return }
      owner.received()
      mailbox?.deliver(text)
      if mailbox?.isFlooded == true { flooded(context) }
    case .ping(let data):
      if !closeSent { write(.pong, data, context) }
    case .close(let code):
      if !closeSent { sendClose(code, context) }
      context.close(promise: nil)
    case .violation(let code, let reason):
      owner.refused(reason)
      close(code, context)
    }
  }

  func read(context: ChannelHandlerContext) {
    if mayRead(context) { context.read() } else { readWaits = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    let isWritable = context.channel.isWritable
    stallTimer?.cancel()
    stallTimer = nil
    if isWritable {
      if mailbox?.setWritable(true) == true { writeUnsent(context) }
      resumeRead(context)
    } else {
      _ = mailbox?.setWritable(false)
      stallTimer = context.eventLoop.assumeIsolated().scheduleTask(in: owner.limits.writeTime.timeAmount) {
        self.owner.refused("slow_reader")
        context.close(promise: nil)
      }
    }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // A WebSocket ends with a close frame; half of one is of no use.
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength:
      owner.refused("websocket_too_large")
      close(.messageTooLarge, context)
    case is NIOWebSocketError:
      owner.refused("websocket_protocol")
      close(.protocolError, context)
    case is ByteToMessageDecoderError: break
    default: owner.failed(error, context.channel)
    }
  }

  /// A full mailbox stops reading, and so does a peer that asks for pongs and does not take them.
  private func mayRead(_ context: ChannelHandlerContext) -> Bool {
    closeSent || (mailbox?.isFull != true && context.channel.isWritable)
  }

  private func resumeRead(_ context: ChannelHandlerContext) {
    guard readWaits, mayRead(context) else { return }
    readWaits = false
    context.read()
  }

  private func tick(_ context: ChannelHandlerContext) {
    // What was not read may hold the answer; what is not taken has its own limit.
    guard !closeSent, mayRead(context) else { return heartbeat.heard() }
    switch heartbeat.tick() {
    case .ping: write(.ping, ByteBuffer(), context)
    case .dead:
      owner.refused("websocket_dead")
      context.close(promise: nil)
    }
  }

  private func flooded(_ context: ChannelHandlerContext) {
    owner.refused("websocket_flood")
    close(.policyViolation, context)
  }

  private func writeUnsent(_ context: ChannelHandlerContext) {
    guard !closeSent, let messages = mailbox?.takeUnsent(), !messages.isEmpty else { return }
    for message in messages {
      var rest = ByteBuffer(bytes: message)
      var opcode = WebSocketOpcode.text
      repeat {
        let part = rest.readSlice(length: min(rest.readableBytes, Self.maxFrameBytes)) ?? ByteBuffer()
        let frame = WebSocketFrame(
          fin: rest.readableBytes == 0, opcode: opcode, maskKey: newMask, data: part)
        context.write(Self.wrapOutboundOut(frame), promise: nil)
        opcode = .continuation
      } while rest.readableBytes > 0
    }
    owner.sent(messages.count)
    context.flush()
    // Senders that waited for room in the mailbox rather than for the connection.
    if context.channel.isWritable, mailbox?.setWritable(true) == true { writeUnsent(context) }
  }

  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
    let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: newMask, data: data)
    context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
  }

  /// §5.3: a client's frames are masked, each with a key of its own.
  private var newMask: WebSocketMaskingKey? { owner.side == .client ? .random() : nil }

  /// Begins the close handshake (RFC 6455 §7.1.2); a peer that does not answer is closed all the same.
  private func close(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
    guard !closeSent, context.channel.isActive else { return }
    sendClose(code, context)
    closeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: owner.limits.closeTime.timeAmount) {
      context.close(promise: nil)
    }
    resumeRead(context)
  }

  private func sendClose(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
    writeUnsent(context)
    closeSent = true
    mailbox?.end()
    var data = ByteBuffer()
    data.write(webSocketErrorCode: code)
    write(.connectionClose, data, context)
  }
}

/// What the plugin holds of a session.
struct WebSocketPeer: WebSocketConnection {
  let remoteAddress: String
  let mailbox: WebSocketMailbox
  let beginClose: @Sendable () -> Void

  func receive() async throws -> [UInt8]? { try await mailbox.receive() }
  func send(_ text: [UInt8]) async throws { try await mailbox.send(text) }
  func close() async {
    beginClose()
    await closed()
  }
  /// Returns when the connection is gone, whoever ended it.
  func closed() async { await mailbox.closed() }
}
