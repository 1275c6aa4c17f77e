// Dials WebSockets for plugins: the same sessions, bounds and TLS as on the listeners, from the other end.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import PluginAPI

/// Goes straight to the host, never through a proxy: what is dialled stands in the company's own network.
///
/// Over TLS the host's name is sent (SNI), and the certificate's chain and name are checked. Whoever gets the
/// connection closes it.
public struct WebSocketClient: WebSocketDialer {
  /// From the look-up of the name to the end of the upgrade.
  var timeLimit: Duration = .seconds(10)
  var limits = WebLimits()
  var group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

  public init() {}

  init(timeLimit: Duration = .seconds(10), limits: WebLimits = WebLimits()) {
    self.timeLimit = timeLimit
    self.limits = limits
  }

  public func connect(to url: String, trust: String?) async throws(HTTPClientError)
    -> any WebSocketConnection
  {
    guard let target = WebSocketURL(url) else {
      throw .invalidRequest("not the URL of a WebSocket: it must begin with ws:// or wss://")
    }
    let tls = target.isSecure ? try Self.trusting(trust) : nil
    let attempt = WebSocketAttempt()
    let loop = group.next()
    let limit = loop.scheduleTask(in: timeLimit.timeAmount) { attempt.fail(.timedOut) }
    bootstrap(target, tls, attempt, on: loop).connect(host: target.host, port: target.port)
      .whenFailure { error in attempt.fail(Self.reason(error)) }
    let outcome = await attempt.outcome()
    limit.cancel()
    return try outcome.get()
  }

  private func bootstrap(
    _ target: WebSocketURL, _ tls: TLSClientContext?, _ attempt: WebSocketAttempt, on loop: any EventLoop
  ) -> ClientBootstrap {
    let limits = limits
    return ClientBootstrap(group: loop)
      .connectTimeout(timeLimit.timeAmount)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      // One read at a time, and not a long one: it bounds what a peer can send ahead.
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 16_384)
      )
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(TLSHandler.client(tls, serverName: target.host)) }
          try pipeline.addHandler(HTTPRequestEncoder())
          try pipeline.addHandler(
            ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes)))
          try pipeline.addHandler(WebSocketHandshake(target, attempt, limits: limits))
        }
      }
  }

  /// Read at each attempt, so that a renewed file is seen.
  private static func trusting(_ file: String?) throws(HTTPClientError) -> TLSClientContext {
    do {
      let pem = try file.map { try BoundedFile.text($0) }
      return try TLSClientContext(trustPEM: pem)
    } catch {
      throw .tls(file.map { "\($0): \(error)" } ?? "\(error)")
    }
  }

  private static func reason(_ error: any Error) -> HTTPClientError {
    switch error {
    case let error as HTTPClientError: error
    case ChannelError.connectTimeout: .timedOut
    case let error as NIOConnectionError:
      .cannotConnect(
        error.connectionErrors.last.map { text($0.error) } ?? "the name \(error.host) is unknown")
    default: .cannotConnect(text(error))
    }
  }

  private static func text(_ error: any Error) -> String { (error as? IOError)?.description ?? "\(error)" }
}
