// TLS as a channel handler over the system's OpenSSL: one TLS library, patched by the distribution, for both
// directions.

import NIOCore

/// Encrypts what is written and decrypts what is read; first in the pipeline. Fires `TLSHandshakeCompleted`.
///
/// `channelActive` passes at once; writes wait for the handshake. A failed handshake is a `TLSError` in
/// `errorCaught`, then the channel closes.
///
/// The end of the peer's data, as close_notify or as FIN, closes a client's channel. A server's channel stays
/// open for the answer: the handler fires `ChannelEvent.inputClosed`, and whoever answers closes the channel
/// afterwards; without that it closes when nothing was written for `TLSLimits.halfClosed`. `close` sends what
/// was written and close_notify before it closes the socket.
public final class TLSHandler: ChannelDuplexHandler {
  public typealias InboundIn = ByteBuffer
  public typealias InboundOut = ByteBuffer
  public typealias OutboundIn = ByteBuffer
  public typealias OutboundOut = ByteBuffer

  enum State {
    case idle, handshaking, open
    /// Our last bytes are on their way.
    case closing
    /// Our side has ended; what still comes is thrown away until the peer ends too.
    case draining
    case closed
  }
  enum Role { case server, client }

  let session: TLSSession
  let role: Role
  let limits: TLSLimits
  var state = State.idle
  var pending = RecordQueue()
  /// The limit of the state that the connection is in.
  var timer: Scheduled<Void>?
  /// The peer has finished sending.
  var isInputEnded = false
  /// We have finished sending, and the channel is open for input.
  var isOutputEnded = false
  private var isFlushWanted = false
  private var isReadWanted = false
  private var hasDelivered = false
  private var hasPeerClosed = false

  init(_ session: TLSSession, _ role: Role, _ limits: TLSLimits) {
    self.session = session
    self.role = role
    self.limits = limits
  }

  /// For an accepted connection.
  public static func server(_ context: TLSServerContext, limits: TLSLimits = TLSLimits()) throws -> TLSHandler
  {
    TLSHandler(try context.makeSession(), .server, limits)
  }

  /// For a connection to `serverName`, a DNS name or an IP address that the server's certificate must carry.
  public static func client(
    _ context: TLSClientContext, serverName: String, limits: TLSLimits = TLSLimits()
  ) throws -> TLSHandler {
    TLSHandler(try context.makeSession(serverName: serverName), .client, limits)
  }

  public func handlerAdded(context: ChannelHandlerContext) {
    if role == .server {
      // Without it the channel closes at the peer's FIN, before the answer to its last request was sent.
      try? context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
    }
    if context.channel.isActive { start(context) }
  }

  public func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    pending.failAll(ChannelError.ioOnClosedChannel)
  }

  public func channelActive(context: ChannelHandlerContext) {
    start(context)
    context.fireChannelActive()
  }

  public func channelInactive(context: ChannelHandlerContext) {
    let wasHandshaking = state == .handshaking
    state = .closed
    timer?.cancel()
    pending.failAll(ChannelError.ioOnClosedChannel)
    if wasHandshaking {
      context.fireErrorCaught(TLSError.handshakeFailed(["the peer closed the connection"]))
    }
    context.fireChannelInactive()
  }

  public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var ciphertext = Self.unwrapInboundIn(data)
    let expected = ciphertext.readableBytes
    var plaintext = context.channel.allocator.buffer(capacity: 0)
    var failure: [String]?
    while failure == nil, !hasPeerClosed, !isInputEnded, ciphertext.readableBytes > 0 {
      guard state == .handshaking || state == .open else { break }
      session.feed(ciphertext.readSlice(length: min(TLSSession.recordSize, ciphertext.readableBytes))!)
      if state == .handshaking { advanceHandshake(context) }
      guard state == .open else { continue }
      if plaintext.capacity == 0 { plaintext.reserveCapacity(expected + TLSSession.readSpace) }
      switch session.decrypt(into: &plaintext) {
      case .done, .wantsInput: break
      case .peerClosed: hasPeerClosed = true
      case .failed(let reasons): failure = reasons
      }
    }
    // A record may ask for an answer of its own, such as a key update.
    if state == .open, failure == nil, let output = session.takeOutput(context.channel.allocator) {
      context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil)
    }
    if plaintext.readableBytes > 0 {
      hasDelivered = true
      context.fireChannelRead(Self.wrapInboundOut(plaintext))
    }
    if let failure { fail(.connectionFailed(failure), context) }
  }

  public func channelReadComplete(context: ChannelHandlerContext) {
    let isProgressing = state == .handshaking || state == .draining || (isReadWanted && !hasDelivered)
    if hasDelivered { isReadWanted = false }
    hasDelivered = false
    context.fireChannelReadComplete()
    if hasPeerClosed {
      endInput(context)
    } else if isProgressing {
      // Nothing reached the handlers that withhold reads, so they do not know that one is due.
      context.read()
    }
  }

  public func read(context: ChannelHandlerContext) {
    isReadWanted = true
    context.read()
  }

  public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed: endInput(context)
    case ChannelEvent.outputClosed where state != .open: break
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch state {
    case .idle, .handshaking:
      let bytes = Self.unwrapOutboundIn(data)
      guard pending.load + bytes.readableBytes <= limits.backlog else {
        promise?.fail(TLSError.backlogFull)
        return
      }
      pending.append(bytes, promise)
    case .open where !isOutputEnded:
      pending.append(Self.unwrapOutboundIn(data), promise)
      if pending.load >= TLSSession.recordSize { encryptPending(context) }
    case .open:
      promise?.fail(ChannelError.outputClosed)
    case .closing, .draining, .closed:
      promise?.fail(ChannelError.ioOnClosedChannel)
    }
  }

  public func flush(context: ChannelHandlerContext) {
    switch state {
    case .idle, .handshaking: isFlushWanted = true
    case .open:
      encryptPending(context)
      context.flush()
    case .closing, .draining, .closed: context.flush()
    }
  }

  private func start(_ context: ChannelHandlerContext) {
    guard state == .idle else { return }
    state = .handshaking
    limit(limits.handshake, context) { handler, context in handler.fail(.handshakeTimedOut, context) }
    if role == .client { advanceHandshake(context) }
  }

  private func advanceHandshake(_ context: ChannelHandlerContext) {
    let progress = session.handshake()
    if case .failed(let reasons) = progress { return fail(.handshakeFailed(reasons), context) }
    if let output = session.takeOutput(context.channel.allocator) {
      context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil)
    }
    switch progress {
    case .failed, .wantsInput: break
    case .peerClosed: fail(.handshakeFailed(["the peer closed the connection"]), context)
    case .done:
      // Writing the last flight may have found the channel closed.
      guard state == .handshaking else { return }
      state = .open
      timer?.cancel()
      timer = nil
      context.fireUserInboundEventTriggered(
        TLSHandshakeCompleted(alpn: session.alpn, clientName: role == .server ? session.clientName : nil))
      if isFlushWanted, state == .open { flush(context: context) }
    }
  }

  /// Encrypts what waits; the ciphertext then counts in the channel's writability.
  func encryptPending(_ context: ChannelHandlerContext) {
    while let record = pending.next(size: TLSSession.recordSize) {
      let promise = combined(record.promises, context)
      var output: ByteBuffer?
      if record.bytes.readableBytes > 0 {
        if let reasons = session.encrypt(record.bytes) {
          let error = TLSError.connectionFailed(reasons)
          promise?.fail(error)
          return fail(error, context)
        }
        output = session.takeOutput(context.channel.allocator)
      }
      context.write(Self.wrapOutboundOut(output ?? record.bytes), promise: promise)
    }
    if isInputEnded, state == .open { awaitAnswer(context) }
  }

  /// One promise for all writes of a record.
  private func combined(
    _ promises: [EventLoopPromise<Void>], _ context: ChannelHandlerContext
  ) -> EventLoopPromise<Void>? {
    if promises.count < 2 { return promises.first }
    let all = context.eventLoop.makePromise(of: Void.self)
    all.futureResult.whenComplete { result in
      for promise in promises { promise.completeWith(result) }
    }
    return all
  }
}
