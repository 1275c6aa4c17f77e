// A WebSocket that is open, whoever dialled, and what happens on it.

import NIOCore

/// What happens on a connection, told on its event loop.
public protocol WebSocketEvents: Sendable {
  func opened(_ connection: OpenWebSocket)
  func received(_ text: String)
  /// The peer broke a rule; the connection is being closed.
  func refused(_ reason: String)
  /// Once in each ping interval.
  func ticked()
  func closed(_ reason: String)
}

/// One open WebSocket.
public final class OpenWebSocket: Sendable {
  private let channel: any Channel
  private let frames: NIOLoopBound<WebSocketFraming>

  init(channel: any Channel, frames: WebSocketFraming) {
    self.channel = channel
    self.frames = NIOLoopBound(frames, eventLoop: channel.eventLoop)
  }

  func start() { frames.value.start() }

  /// Writes a text message without flushing; on the event loop only. False when the peer does not read.
  public func send(_ text: String) -> Bool {
    guard channel.isWritable else { return !channel.isActive }
    frames.value.send(text)
    return true
  }
  /// On the event loop only.
  public func flush() { channel.flush() }

  /// Cuts the connection without a closing handshake, as a failing network does.
  public func close(reason: String) {
    channel.eventLoop.execute { self.frames.value.cut(reason) }
  }

  public func untilClosed() async { try? await channel.closeFuture.get() }
}
