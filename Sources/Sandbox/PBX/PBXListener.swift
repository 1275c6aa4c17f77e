// One simulated PBX that waits to be dialled: the vendor's WebSocket for App objects, behind a listener on loopback.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import NIOWebSocket

/// Listens from `init` to `close`. What happens on a connection is decided by `PBXSession`, as for a PBX that dials.
public final class PBXListener: Sendable {
  public static let path = "/PBX0/APPS/websocket"

  public let settings: PBXSettings
  private let system: PBXSystem
  private let channel: any Channel
  private let open: Locked<[OpenWebSocket]>

  /// `port` 0 takes a free one; without `tls` it is `ws`.
  public init(
    _ settings: PBXSettings, in system: PBXSystem, port: Int = 0, tls: TLSServerContext? = nil
  ) async throws {
    self.settings = settings
    self.system = system
    let open = Locked<[OpenWebSocket]>([])
    self.open = open
    channel = try await ServerBootstrap(group: system.eventLoop)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: .init(low: 1 << 20, high: 16 << 20))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(TLSHandler.server(tls)) }
          let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Void>(
            upgraders: [Self.upgrader(settings, system, open)],
            notUpgradingCompletionHandler: { $0.close() })
          _ = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
  }

  public var port: Int { channel.localAddress?.port ?? 0 }

  /// Stops listening and cuts the connections, as a PBX that is switched off.
  public func close() async {
    try? await channel.close().get()
    for connection in open.withLock({ $0 }) {
      connection.close(reason: "the PBX is switched off")
      await connection.untilClosed()
    }
  }

  private static func upgrader(
    _ settings: PBXSettings, _ system: PBXSystem, _ open: Locked<[OpenWebSocket]>
  ) -> NIOTypedWebSocketServerUpgrader<Void> {
    NIOTypedWebSocketServerUpgrader(
      maxFrameSize: WebSocketClient.maxFrame, enableAutomaticErrorHandling: false,
      shouldUpgrade: { channel, head in
        if head.uri == path { return channel.eventLoop.makeSucceededFuture([:]) }
        // Nothing else is served here.
        return channel.close().map { nil }
      },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          system.assumeIsolated { $0.noteDial(settings.name) }
          let frames = WebSocketFraming(
            events: PBXSocket(settings: settings, system: system, isDialled: true),
            fragmentation: settings.fragmentation, ping: TimeAmount(settings.keepAlive), isServer: true)
          let connection = OpenWebSocket(channel: channel, frames: frames)
          frames.connection = connection
          try channel.pipeline.syncOperations.addHandler(frames)
          open.withLock { $0.append(connection) }
          // It says nothing by itself, so that nothing is written before the upgrade is behind.
          frames.start()
        }
      })
  }
}
