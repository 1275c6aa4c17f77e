// The PBX dials in: a WebSocket client over NIO, with TLS by the system's OpenSSL.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import NIOWebSocket

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
    fragmentation: WebSocketFragmentation = .init(), ping: TimeAmount = .seconds(30),
    on eventLoop: any EventLoop,
    events: any WebSocketEvents
  ) async throws -> OpenWebSocket {
    let upgrader = NIOTypedWebSocketClientUpgrader<OpenWebSocket>(
      maxFrameSize: maxFrame, enableAutomaticErrorHandling: false
    ) { channel, _ in
      channel.eventLoop.makeCompletedFuture {
        let handler = WebSocketFraming(events: events, fragmentation: fragmentation, ping: ping)
        let connection = OpenWebSocket(channel: channel, frames: handler)
        handler.connection = connection
        try channel.pipeline.syncOperations.addHandler(handler)
        return connection
      }
    }
    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: endpoint.path)
    head.headers.add(name: "Host", value: endpoint.authority)
    let upgrade = NIOTypedHTTPClientUpgradeConfiguration<OpenWebSocket>(
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
