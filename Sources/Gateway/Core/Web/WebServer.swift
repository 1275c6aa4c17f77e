// A listener: HTTP/1.1 and WebSockets on one port, plain or with TLS, for routes that are values.

import CoreMetrics
import Logging
import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import PluginAPI

#if canImport(Glibc)
  import Glibc
#endif

/// The listener cannot be opened: one clause with the address or the file.
public struct WebServerError: Error, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}

public struct WebServerOptions: Sendable {
  /// The `listener` label of metrics and logs: `public` or `admin`.
  public var name: String
  public var listen: ListenAddress
  /// Nil: plain HTTP, behind a reverse proxy.
  public var tls: CertificateFiles?
  public var limits = WebLimits()
  /// Which reverse proxies say who comes.
  var forwardedFor = ForwardedFor()
  /// Added to every response.
  public var headers: [(name: String, value: String)] = []
  /// How it says what it refuses by itself.
  var refusal: @Sendable (Refusal) -> WebResponse = { $0.response }
  /// How often the certificate files are looked at.
  public var certificateInterval: Duration = .seconds(10)

  public init(name: String, listen: ListenAddress, tls: CertificateFiles? = nil) {
    self.name = name
    self.listen = listen
    self.tls = tls
  }
}

extension WebServerOptions {
  static func `public`(_ listener: GatewayConfig.PublicListener) -> WebServerOptions {
    var options = WebServerOptions(name: "public", listen: listener.listen, tls: listener.tls)
    options.forwardedFor = listener.forwardedFor
    return options
  }
}

/// Serves a router's routes.
///
/// Handlers run in tasks of their own, with whole requests; HEAD is given to them as GET. `remoteAddress` is
/// the peer's IP address as the socket sees it, or, behind a trusted proxy, as the proxy says.
public final class WebServer: Sendable {
  private struct State {
    var channel: (any Channel)?
    var watchTask: Task<Void, Never>?
  }
  private let options: WebServerOptions
  private let service: WebService
  private let logger: Logger
  private let metrics: any MetricsFactory
  private let group: any EventLoopGroup
  private let state = Locked(State())
  private let certificate = Locked<CertificateWatch?>(nil)

  public init(
    _ options: WebServerOptions, router: WebRouter, logger: Logger,
    metrics: any MetricsFactory = NOOPMetricsHandler.instance,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) {
    var logger = logger
    logger[metadataKey: "listener"] = "\(options.name)"
    var limits = options.limits
    limits.maxConnections = OpenFiles.connections(limits.maxConnections, within: OpenFiles.limit)
    self.options = options
    self.logger = logger
    self.metrics = metrics
    self.group = group
    service = WebService(
      router: router, limits: limits, forwardedFor: options.forwardedFor,
      metrics: WebMetrics(metrics, listener: options.name, paths: router.paths), headers: options.headers,
      refusal: options.refusal,
      logger: logger)
  }

  /// Returns when connections are accepted.
  public func start() async throws(WebServerError) {
    if let files = options.tls {
      do {
        let watch = try CertificateWatch(files, logger: logger)
        certificate.withLock { $0 = watch }
        watchCertificate(watch)
      } catch {
        throw error as? WebServerError
          ?? WebServerError("cannot use \(files.certificate) with \(files.key): \(error)")
      }
    }
    do {
      let channel = try await bootstrap().bind(host: options.listen.host, port: options.listen.port).get()
      state.withLock { $0.channel = channel }
    } catch {
      state.withLock { $0.watchTask }?.cancel()
      throw cannotListen(error)
    }
    logger.info("listening", metadata: ["address": "\(options.listen.host)", "port": "\(port ?? 0)"])
    if service.limits.maxConnections < options.limits.maxConnections {
      logger.warning(
        "fewer connections than usual: the limit of open files is low",
        metadata: [
          "connections": "\(service.limits.maxConnections)", "usual": "\(options.limits.maxConnections)",
          "open_files_limit": "\(OpenFiles.limit)",
        ])
    }
  }

  private func cannotListen(_ error: any Error) -> WebServerError {
    let option = "gateway.\(options.name).listen"
    var (reason, remedy) = ("\(error)", "change \(option)")
    if let code = (error as? IOError)?.errnoCode {
      reason = String(cString: strerror(code)).lowercased()
      switch code {
      case EADDRINUSE: remedy = "free the port or change \(option)"
      case EACCES: remedy = "ports below 1024 need the capability CAP_NET_BIND_SERVICE; or change \(option)"
      case EADDRNOTAVAIL: remedy = "this machine has no such address: change \(option)"
      default: break
      }
    }
    return WebServerError("cannot listen on \(options.listen): \(reason) — \(remedy)")
  }

  /// From now on these routes are served: requests that are being answered are answered by the former ones.
  public func serve(_ router: WebRouter) {
    service.serve(router, WebMetrics(metrics, listener: options.name, paths: router.paths))
  }

  /// The bound port, also when port 0 was asked for; nil before `start` and after `stop`.
  public var port: Int? { state.withLock { $0.channel }?.localAddress?.port }

  /// Accepts nothing more, lets requests under way be answered and WebSockets close within the grace, then
  /// ends what is left.
  public func stop(grace: Duration = .seconds(5)) async {
    let (channel, watchTask) = state.withLock { state in
      defer { state = State() }
      return (state.channel, state.watchTask)
    }
    watchTask?.cancel()
    try? await channel?.close()
    let loop = group.any()
    service.registry.ask(.drain)
    await service.registry.empty(within: grace, on: loop)
    guard service.registry.count > 0 else { return }
    service.registry.ask(.abort)
    await service.registry.empty(within: .seconds(1), on: loop)
  }

  /// Looks at the certificate files now.
  func checkCertificate() { certificate.withLock { $0 }?.check() }

  private func watchCertificate(_ watch: CertificateWatch) {
    let interval = options.certificateInterval
    let task = Task {
      while !Task.isCancelled {
        try? await Task.sleep(for: interval)
        watch.check()
      }
    }
    state.withLock { $0.watchTask = task }
  }

  private func bootstrap() -> ServerBootstrap {
    let service = service
    let certificate = certificate.withLock { $0 }
    return ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          // Without a pause the loop would ask for what the system has just refused, again and again.
          try pipeline.addHandler(AcceptBackoffHandler())
          try pipeline.addHandler(AcceptWatch(service))
        }
      }
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Connections inherit it: what a client can have on its way to us without being read.
      .serverChannelOption(.socketOption(.so_rcvbuf), value: 256 << 10)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      // One read at a time, and not a long one: it bounds what a client can send ahead.
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 16_384)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let address = channel.remoteAddress?.ipAddress ?? ""
          let peer = service.forwardedFor.peer(at: address)
          let id: Int
          do throws(Refusal) { id = try service.registry.add(from: peer, report: service.metrics.open) } catch
          {
            service.metrics.rejected(error.reason)
            return try channel.pipeline.syncOperations.addHandler(TurnAway(isPlain: certificate == nil))
          }
          do { try Self.configure(channel, id, address, service, certificate) } catch {
            service.ended(id)
            throw error
          }
        }
      }
  }

  private static func configure(
    _ channel: any Channel, _ id: Int, _ peerAddress: String, _ service: WebService,
    _ certificate: CertificateWatch?
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = service.limits.maxHeaderBytes
    limits.maxHeaderListSize = service.limits.maxHeaderBytes
    limits.maxHeaderFieldCount = 100
    let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
    let connection = HTTPConnection(service, id: id, peerAddress: peerAddress)
    if let certificate { try pipeline.addHandler(certificate.makeHandler(TLSLimits())) }
    try pipeline.addHandler(FirstByteObserver(connection))
    // The framing stands in each response's head already.
    var encoding = HTTPResponseEncoder.Configuration()
    encoding.automaticallySetFramingHeaders = false
    try pipeline.addHandler(HTTPResponseEncoder(configuration: encoding))
    try pipeline.addHandler(ByteToMessageHandler(decoder))
    try pipeline.addHandler(connection)
  }
}

/// One connection too many: told so where that costs nothing, and closed.
private final class TurnAway: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private let isPlain: Bool

  init(isPlain: Bool) { self.isPlain = isPlain }

  func channelActive(context: ChannelHandlerContext) {
    guard isPlain else { return context.close(promise: nil) }
    let text = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    context.close(promise: nil)
  }
}
