// One client connection: whole requests in, whole responses out, one at a time, each step with its time
// limit.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import PluginAPI

/// Parts that arrive while a request is being answered wait here, and reading stops: what a client sends
/// ahead is bounded by one read of the socket.
final class HTTPConnection: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  enum State {
    case reading
    /// A request is complete and its response is not written yet.
    case answering
    /// The last response is out; what comes is thrown away.
    case lingering
    case upgraded
  }
  private enum Waiting {
    case part(HTTPServerRequestPart)
    case failure(Refusal)
  }

  let service: WebService
  /// In the registry.
  let id: Int
  private let peerAddress: String
  /// Of the verified client certificate.
  var certificateName: String?
  var state = State.reading
  var assembly: RequestAssembly?
  var handlerTask: Task<Void, Never>?
  /// An answer without a known end is going out.
  var isStreaming = false
  var inputEnded = false
  /// Others need its place: the request under way is its last.
  private var isLeaving = false
  /// A WebSocket session has the connection, and its place in the registry.
  var isHandedOver = false
  private var waiting = CircularBuffer<Waiting>()
  private var waitingBytes = 0
  private static let maxWaitingParts = 4096
  private var readWaits = false
  private var deadline: ConnectionDeadline
  private var timer: Scheduled<Void>?
  private var timerDue: NIODeadline?

  init(_ service: WebService, id: Int, peerAddress: String) {
    self.service = service
    self.id = id
    self.peerAddress = peerAddress
    deadline = ConnectionDeadline(service.limits, now: .now())
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    service.registry.setControl(
      { request in loop.execute { bound.value.0.control(request, bound.value.1) } }, of: id)
    armTimer(context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    service.registry.release(id)
    if !isHandedOver, handlerTask == nil { service.ended(id) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    state = .lingering
    waiting.removeAll()
    if isStreaming { handlerTask?.cancel() }
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    take(.part(Self.unwrapInboundIn(data)), context)
  }

  func read(context: ChannelHandlerContext) {
    switch state {
    case .reading where waiting.isEmpty, .lingering: context.read()
    default: readWaits = true
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let completed = event as? TLSHandshakeCompleted { certificateName = completed.clientName }
    guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
    inputEnded = true
    // A request that is still being answered is answered: many clients close their side after asking.
    if state == .lingering || (state == .reading && waiting.isEmpty) { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    // Half of the next request is no reason to drop the answer under way.
    case HTTPParserError.invalidEOFState where state == .answering: inputEnded = true
    case HTTPParserError.invalidEOFState: context.close(promise: nil)
    case HTTPParserError.headerOverflow: take(.failure(.headersTooLarge), context)
    case is HTTPParserError: take(.failure(.badRequest), context)
    case is ByteToMessageDecoderError: break
    default: service.failed(error, context.channel)
    }
  }

  /// The first handler of the pipeline has seen bytes.
  func bytesArrived(_ context: ChannelHandlerContext) {
    guard deadline.phase == .idle else { return }
    deadline.bytesArrived(now: .now())
    armTimer(context)
  }

  func enter(_ phase: ConnectionDeadline.Phase, _ context: ChannelHandlerContext) {
    let former = deadline.phase.standing
    deadline.enter(phase, now: .now())
    if phase.standing != former { service.registry.setStanding(phase.standing, of: id) }
    armTimer(context)
  }

  /// Who asks, which may be somebody else for each request.
  func remoteAddress(of head: HTTPRequestHead) -> String {
    service.forwardedFor.client(behind: peerAddress, head.headers["x-forwarded-for"])
  }

  /// Whether another request may follow the one under way.
  var mayGoOn: Bool { !isLeaving && !service.registry.isDraining }

  /// The response is out: go on with what has waited, then read again.
  func continueReading(_ context: ChannelHandlerContext) {
    state = .reading
    enter(waiting.isEmpty ? .idle : .header, context)
    while state == .reading, let next = waiting.popFirst() { take(next, context) }
    if waiting.isEmpty { waitingBytes = 0 }
    guard state == .reading || state == .lingering else { return }
    if inputEnded { return context.close(promise: nil) }
    if !mayGoOn, deadline.phase == .idle { return linger(context) }
    resumeRead(context)
  }

  func resumeRead(_ context: ChannelHandlerContext) {
    guard readWaits else { return }
    readWaits = false
    context.read()
  }

  private func take(_ item: Waiting, _ context: ChannelHandlerContext) {
    switch (state, item) {
    case (.answering, _): wait(item, context)
    case (.lingering, _), (.upgraded, _): break
    case (.reading, .failure(let refusal)): refuse(refusal, keepAlive: false, context)
    case (.reading, .part(.head(let head))): begin(head, context)
    case (.reading, .part(.body(let part))): append(part, context)
    case (.reading, .part(.end)): complete(context)
    }
  }

  /// At a client's end of sending everything that it has sent comes at once, wanted or not.
  private func wait(_ item: Waiting, _ context: ChannelHandlerContext) {
    if case .part(.body(let part)) = item { waitingBytes += part.readableBytes }
    guard waiting.count < Self.maxWaitingParts, waitingBytes <= service.limits.maxBodyBytes else {
      service.metrics.rejected("pipelining")
      return context.close(promise: nil)
    }
    waiting.append(item)
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let assembly = RequestAssembly(head, service.router, service.limits)
    self.assembly = assembly
    if let refusal = assembly.earlyRefusal { return refuse(refusal, keepAlive: false, context) }
    enter(.body, context)
    if assembly.expectsContinue {
      let head = HTTPResponseHead(version: .http1_1, status: .continue)
      context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
    }
  }

  private func append(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
    let size = part.readableBytes
    if let refusal = assembly?.append(part) { return refuse(refusal, keepAlive: false, context) }
    guard assembly?.keepsBody == true else { return }
    if !service.registry.reserve(size, for: id) { refuse(.busy, keepAlive: false, context) }
  }

  private func complete(_ context: ChannelHandlerContext) {
    guard let assembly else { return }
    switch assembly.plan {
    case .refuse(let refusal): refuse(refusal, keepAlive: assembly.keepAlive, context)
    case .handle(let handler): answer(assembly, with: handler, context)
    case .upgrade(let handler): upgrade(assembly, to: handler, context)
    }
  }

  private func control(_ request: ConnectionRegistry.Request, _ context: ChannelHandlerContext) {
    switch request {
    case .drain:
      if isStreaming { handlerTask?.cancel() }
      if state == .reading, deadline.phase == .idle { linger(context) }
    case .giveWay:
      isLeaving = true
      if state == .lingering { return context.close(promise: nil) }
      guard state == .reading else { return }
      if assembly != nil { return refuse(.busy, keepAlive: false, context) }
      service.metrics.rejected("gave_way")
      context.close(promise: nil)
    case .abort:
      handlerTask?.cancel()
      context.close(promise: nil)
    }
  }

  /// Keeps one timer, set anew only when it would fire too late.
  private func armTimer(_ context: ChannelHandlerContext) {
    guard let due = deadline.deadline else { return }
    if let timerDue, timerDue <= due { return }
    timer?.cancel()
    timerDue = due
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { self.timerFired(context) }
  }

  private func timerFired(_ context: ChannelHandlerContext) {
    timerDue = nil
    guard state != .upgraded, let due = deadline.deadline else { return }
    guard due <= .now() else { return armTimer(context) }
    if let reason = deadline.expiryReason { service.metrics.rejected(reason) }
    context.close(promise: nil)
  }
}

/// Sees the bytes before they are parsed: only here a request that never gets beyond its first byte can be
/// timed.
final class FirstByteObserver: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  private let connection: HTTPConnection

  init(_ connection: HTTPConnection) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    connection.bytesArrived(context)
    context.fireChannelRead(data)
  }
}
