// How long a connection may stay in a passing state, and how much it may hold there.

import NIOCore

/// Time limits of a TLS connection.
public struct TLSLimits: Sendable, Hashable {
  /// From the connection's start to the end of the handshake.
  public var handshake: TimeAmount
  /// How long a connection whose peer has finished sending may stay without a write of ours.
  public var halfClosed: TimeAmount
  /// For the last bytes and the peer's own end after `close`.
  public var closing: TimeAmount
  /// Bytes that may be written before the handshake has ended.
  public var backlog: Int

  public init(
    handshake: TimeAmount = .seconds(10), halfClosed: TimeAmount = .seconds(30),
    closing: TimeAmount = .seconds(5), backlog: Int = 1_048_576
  ) {
    self.handshake = handshake
    self.halfClosed = halfClosed
    self.closing = closing
    self.backlog = backlog
  }
}
