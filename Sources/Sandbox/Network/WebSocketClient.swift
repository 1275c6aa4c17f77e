// The PBX dials in: a WebSocket client over NIO, with TLS by the system's OpenSSL.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import NIOWebSocket

/// What happens on a connection, told on its event loop.
public protocol WebSocketClientEvents: Sendable {
  func opened(_ connection: WebSocketClientConnection)
  func received(_ text: String)
  /// The peer broke a rule; the connection is being closed.
  func refused(_ reason: String)
  /// Once in each ping interval.
  func ticked()
  func closed(_ reason: String)
}

public enum WebSocketClient {
  /// Larger frames are refused, as the vendor's client does (`WEBSOCKET_MAX_PAYLOAD_SIZE`).
  public static let maxFrame = 16_384
  public static let maxMessage = 65_535
  static let connectLimit = TimeAmount.seconds(5)

  public struct NotUpgraded: Error, CustomStringConvertible {
    public let description = "the server did not switch to WebSocket"
  }

  /// Connects and upgrades within five seconds each.
  /// - Parameter ping: a ping goes out this often; a peer silent for three intervals is given up.
  /// - Throws: the socket's, TLS's or upgrade's error.
  public static func connect(
    to endpoint: WebSocketClientEndpoint, trust: TLSClientContext?,
    fragmentation: WebSocketClientFragmentation = .init(), ping: TimeAmount = .seconds(30),
    on eventLoop: any EventLoop,
    events: any WebSocketClientEvents
  ) async throws -> WebSocketClientConnection {
    let upgrader = NIOTypedWebSocketClientUpgrader<WebSocketClientConnection>(
      maxFrameSize: maxFrame, enableAutomaticErrorHandling: false
    ) { channel, _ in
      channel.eventLoop.makeCompletedFuture {
        let handler = WebSocketClientFrames(events: events, fragmentation: fragmentation, ping: ping)
        let connection = WebSocketClientConnection(channel: channel, frames: handler)
        handler.connection = connection
        try channel.pipeline.syncOperations.addHandler(handler)
        return connection
      }
    }
    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: endpoint.path)
    head.headers.add(name: "Host", value: endpoint.authority)
    let upgrade = NIOTypedHTTPClientUpgradeConfiguration<WebSocketClientConnection>(
      upgradeRequestHead: head, upgraders: [upgrader]
    ) { channel in channel.eventLoop.makeFailedFuture(NotUpgraded()) }

    let upgraded = try await ClientBootstrap(group: eventLoop)
      .connectTimeout(connectLimit)
      .channelOption(.writeBufferWaterMark, value: .init(low: 1 << 20, high: 16 << 20))
      .connect(host: endpoint.host, port: endpoint.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let trust {
            try channel.pipeline.syncOperations.addHandler(
              TLSHandler.client(trust, serverName: endpoint.host))
          }
          let result = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
          let limit = channel.eventLoop.scheduleTask(in: connectLimit) { channel.close(promise: nil) }
          result.whenComplete { outcome in
            limit.cancel()
            switch outcome {
            case .success(let connection): channel.eventLoop.execute { connection.start() }
            case .failure: channel.close(promise: nil)
            }
          }
          return result
        }
      }
    return try await upgraded.get()
  }
}

/// One open WebSocket.
public final class WebSocketClientConnection: Sendable {
  private let channel: any Channel
  private let frames: NIOLoopBound<WebSocketClientFrames>

  init(channel: any Channel, frames: WebSocketClientFrames) {
    self.channel = channel
    self.frames = NIOLoopBound(frames, eventLoop: channel.eventLoop)
  }

  fileprivate func start() { frames.value.start() }

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
