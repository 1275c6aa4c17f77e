// Between the socket's frames and whole text messages: the thin, stateful part of either end.

import NIOCore
import NIOWebSocket

final class WebSocketFraming: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  weak var connection: OpenWebSocket?
  private let events: any WebSocketEvents
  private let isServer: Bool
  private var assembly: WebSocketAssembly
  private var fragmentation: WebSocketFragmentation
  private let ping: TimeAmount
  private var context: ChannelHandlerContext?
  private var beat: RepeatedTask?
  private var silentBeats = 0
  private var closing = false
  private var reason = "the gateway closed the connection"

  init(
    events: any WebSocketEvents, fragmentation: WebSocketFragmentation, ping: TimeAmount,
    isServer: Bool = false
  ) {
    self.events = events
    self.isServer = isServer
    assembly = WebSocketAssembly(maxMessage: WebSocketClient.maxMessage, peerMasks: isServer)
    self.fragmentation = fragmentation
    self.ping = ping
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let own = NIOLoopBound(self, eventLoop: context.eventLoop)
    beat = context.eventLoop.scheduleRepeatedTask(initialDelay: ping, delay: ping) { _ in own.value.tick() }
  }

  /// Not before the upgrade is behind: until then NIO refuses writes.
  func start() {
    guard context != nil, let connection else { return }
    events.opened(connection)
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }
  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  private func end() {
    guard let beat else { return }
    beat.cancel()
    self.beat = nil
    context = nil
    events.closed(reason)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    silentBeats = 0
    guard !closing else { return }
    do {
      switch try assembly.take(unwrapInboundIn(data)) {
      case .nothing: break
      case .text(let text): events.received(text)
      case .pong(let data): write(.pong, data, flush: true)
      case .close(let data):
        closing = true
        reason = "the gateway closed the WebSocket" + Self.closeCode(data)
        write(.connectionClose, data, flush: true)
        context.close(promise: nil)
      }
    } catch let violation {
      refuse(violation.code, violation.reason)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength:
      refuse(.messageTooLarge, "frame of more than \(WebSocketClient.maxFrame) bytes")
    case is NIOWebSocketError:
      refuse(.protocolError, "malformed control frame")
    default:
      reason = "connection failed: \(error)"
      context.close(promise: nil)
    }
  }

  private func refuse(_ code: WebSocketErrorCode, _ why: String) {
    guard !closing, let context else { return }
    closing = true
    reason = why
    events.refused(why)
    var data = context.channel.allocator.buffer(capacity: 2)
    data.write(webSocketErrorCode: code)
    write(.connectionClose, data, flush: true)
    context.close(promise: nil)
  }

  private func tick() {
    silentBeats += 1
    guard silentBeats <= 3 else { return cut("the gateway is silent") }
    write(.ping, ByteBuffer(), flush: true)
    events.ticked()
  }

  func send(_ text: String) {
    guard !closing else { return }
    var rest = ByteBuffer(string: text)
    let sizes = fragmentation.sizes(rest.readableBytes, maxFrame: WebSocketClient.maxFrame)
    for (index, size) in sizes.enumerated() {
      let part = rest.readSlice(length: size) ?? ByteBuffer()
      write(index == 0 ? .text : .continuation, part, last: index == sizes.count - 1)
    }
  }

  func cut(_ why: String) {
    guard let context else { return }
    closing = true
    reason = why
    context.close(promise: nil)
  }

  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, last: Bool = true, flush: Bool = false) {
    guard let context else { return }
    let frame = WebSocketFrame(fin: last, opcode: opcode, maskKey: isServer ? nil : .random(), data: data)
    context.write(wrapOutboundOut(frame), promise: nil)
    if flush { context.flush() }
  }

  private static func closeCode(_ data: ByteBuffer) -> String {
    var data = data
    return data.readInteger(as: UInt16.self).map { ", code \($0)" } ?? ""
  }
}
