// How a TLS connection ends: by the peer, by us, by a failure or by a time limit; always with an alert where
// one is due.

import NIOCore

extension TLSHandler {
  public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    switch (mode, state) {
    case (.output, .open) where !isOutputEnded:
      encryptPending(context)
      guard state == .open else {
        promise?.fail(ChannelError.ioOnClosedChannel)
        return
      }
      isOutputEnded = true
      session.shutdown()
      sendOutput(context, promise: nil)
      context.close(mode: .output, promise: promise)
    case (.output, _):
      promise?.fail(ChannelError.outputClosed)
    case (.input, _):
      promise?.fail(ChannelError.operationUnsupported)
    case (.all, .open):
      context.channel.closeFuture.cascade(to: promise)
      beginClosing(context)
    case (.all, .closing), (.all, .draining):
      context.channel.closeFuture.cascade(to: promise)
    case (.all, .idle), (.all, .handshaking), (.all, .closed):
      state = .closed
      timer?.cancel()
      pending.failAll(ChannelError.ioOnClosedChannel)
      context.close(mode: .all, promise: promise)
    }
  }

  /// The peer has sent close_notify or FIN.
  func endInput(_ context: ChannelHandlerContext) {
    guard !isInputEnded else { return }
    isInputEnded = true
    switch state {
    case .idle, .handshaking: hardClose(context, .handshakeFailed(["the peer closed the connection"]))
    case .open where role == .client: beginClosing(context)
    case .open where isOutputEnded: hardClose(context, nil)
    case .open:
      awaitAnswer(context)
      context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    case .draining: hardClose(context, nil)
    case .closing, .closed: break
    }
  }

  /// Bounds the silence of a connection that only we may still write on.
  func awaitAnswer(_ context: ChannelHandlerContext) {
    limit(limits.halfClosed, context) { handler, context in handler.beginClosing(context) }
  }

  /// Ends the connection with the alert that OpenSSL made, if it made one.
  func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
    guard state == .handshaking || state == .open else { return }
    state = .closing
    pending.failAll(error)
    // Before the end is on its way: sending it may close the channel at once.
    context.fireErrorCaught(error)
    finishOutput(context)
  }

  private func beginClosing(_ context: ChannelHandlerContext) {
    encryptPending(context)
    guard state == .open else { return }
    state = .closing
    if !isOutputEnded { session.shutdown() }
    finishOutput(context)
  }

  private func finishOutput(_ context: ChannelHandlerContext) {
    guard state == .closing else { return }
    limit(limits.closing, context) { handler, context in handler.hardClose(context, nil) }
    let sent = context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenComplete { _ in self.outputSent(context) }
    sendOutput(context, promise: sent)
  }

  /// Closing a socket with unread input resets the connection, and the peer may lose our last bytes: wait for
  /// its end.
  private func outputSent(_ context: ChannelHandlerContext) {
    guard state == .closing else { return }
    if role == .client || isInputEnded { return hardClose(context, nil) }
    state = .draining
    if !isOutputEnded { context.close(mode: .output, promise: nil) }
    context.read()
  }

  private func hardClose(_ context: ChannelHandlerContext, _ error: TLSError?) {
    guard state != .closed else { return }
    state = .closed
    timer?.cancel()
    pending.failAll(error ?? ChannelError.ioOnClosedChannel)
    if let error { context.fireErrorCaught(error) }
    context.close(mode: .all, promise: nil)
  }

  private func sendOutput(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
    let output = session.takeOutput(context.channel.allocator) ?? ByteBuffer()
    context.writeAndFlush(Self.wrapOutboundOut(output), promise: promise)
  }

  /// Starts the limit of a new state instead of the old one's.
  func limit(
    _ time: TimeAmount, _ context: ChannelHandlerContext,
    _ expire: @escaping (TLSHandler, ChannelHandlerContext) -> Void
  ) {
    timer?.cancel()
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { expire(self, context) }
  }
}
