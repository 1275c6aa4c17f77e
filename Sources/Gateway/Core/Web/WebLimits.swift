// Every bound of a listener in one place: what a stranger may cost.

import NIOCore

public struct WebLimits: Sendable {
  /// Request line and headers of one request.
  public var maxHeaderBytes = 16 << 10
  public var maxBodyBytes = 1 << 20
  /// Bodies of all unanswered requests together.
  public var maxBufferedBytes = 64 << 20
  public var maxConnections = 4096
  /// With those that gave way and have not closed yet.
  var maxOpenConnections: Int { maxConnections + max(1, maxConnections / 8) }
  /// Of `maxConnections`, from one IPv4 address or IPv6 /64, loopback and trusted proxies excepted: WebSockets that
  /// another proxy brings must find room in it.
  var maxConnectionsPerAddress: Int { max(1, maxConnections / 4) }
  var maxBufferedBytesPerAddress: Int { maxBufferedBytes / 8 }

  /// First byte of a request to the end of its headers.
  public var headerTime: Duration = .seconds(10)
  /// First byte of a request to the end of its body. As `idleTime` and `writeTime` a second below the 30 s in
  /// which an idle or slow client is gone.
  public var requestTime: Duration = .seconds(29)
  /// Between two requests, and before the first.
  public var idleTime: Duration = .seconds(29)
  /// For the client to take a response; for a WebSocket's peer to take what was sent.
  public var writeTime: Duration = .seconds(29)
  /// How long what a refused client still sends is thrown away, so that it can read why it was refused.
  public var lingerTime: Duration = .seconds(2)

  /// A whole WebSocket message.
  public var maxMessageBytes = 64 << 10
  /// Received WebSocket messages, and their bytes, that wait for the plugin before reading stops.
  public var maxWaitingMessages = 64
  public var maxWaitingBytes = 256 << 10
  /// Bytes given to `send` that wait for the connection before `send` suspends.
  public var maxUnsentBytes = 256 << 10
  public var pingInterval: Duration = .seconds(30)
  /// For the peer's answer to a close frame.
  public var closeTime: Duration = .seconds(2)

  public init() {}
}

extension Duration {
  var timeAmount: TimeAmount { .nanoseconds(nanosecondsClamped) }
  private var nanosecondsClamped: Int64 {
    let (seconds, attoseconds) = components
    return seconds > 1_000_000_000 ? .max / 4 : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
