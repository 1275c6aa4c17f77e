// A small HTTPS client with one persistent connection and one request at a time, as the notification senders
// of the simulated services need it; it knows the moment at which the bytes went to the socket.

import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix

/// Where an `https` address points to.
struct PostTarget: Sendable, Hashable {
  /// As it was written.
  let text: String
  let host: String
  let port: Int
  /// Path and query, undecoded, at least `/`.
  let uri: String

  /// Nil unless it is an `https` address with a host.
  init?(_ address: String) {
    guard let match = address.wholeMatch(of: /(?i:https):\/\/([^\/?#:@\s]+)(?::([0-9]{1,5}))?([\/?][^#\s]*)?/)
    else { return nil }
    guard let port = Int(match.output.2 ?? "443"), (1...65535).contains(port) else { return nil }
    text = address
    host = String(match.output.1)
    self.port = port
    let rest = String(match.output.3 ?? "/")
    uri = rest.hasPrefix("/") ? rest : "/" + rest
  }
}

enum PostFailure: Error { case timedOut, connectionLost, busy, tooLarge }

struct PostResult: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let body: [UInt8]
}

/// A request on its way through the pipeline, with those who wait for its end.
struct PostJob: Sendable {
  let head: HTTPRequestHead
  let body: ByteBuffer
  let written: @Sendable (NIODeadline) -> Void
  let promise: EventLoopPromise<PostResult>
}

final class HTTPPoster: Sendable {
  let loop: any EventLoop
  private let host: String
  private let port: Int
  private let tls: TLSClientContext
  private let open: NIOLoopBoundBox<EventLoopFuture<any Channel>?>

  init(to target: PostTarget, on loop: any EventLoop, tls: TLSClientContext) {
    self.loop = loop
    self.tls = tls
    host = target.host
    port = target.port
    open = .makeEmptyBox(eventLoop: loop)
  }

  /// Sends one request; the connection is opened or kept as needed. `written` is called on the event loop
  /// just before the bytes go to the socket. A request made while another is under way fails with `busy`.
  func send(
    _ method: HTTPMethod = .POST, _ uri: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
    within limit: TimeAmount, written: @escaping @Sendable (NIODeadline) -> Void = { _ in }
  ) -> EventLoopFuture<PostResult> {
    let promise = loop.makePromise(of: PostResult.self)
    var headers = headers
    headers.replaceOrAdd(name: "Host", value: port == 443 ? host : "\(host):\(port)")
    if method != .GET || !body.isEmpty {
      headers.replaceOrAdd(name: "Content-Length", value: "\(body.count)")
    }
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)
    let job = PostJob(head: head, body: ByteBuffer(bytes: body), written: written, promise: promise)
    loop.execute {
      let limiter = self.loop.scheduleTask(in: limit) {
        promise.fail(PostFailure.timedOut)
        self.closeNow()
      }
      promise.futureResult.whenComplete { _ in limiter.cancel() }
      self.connection().whenComplete { result in
        switch result {
        case .success(let channel): channel.writeAndFlush(job).cascadeFailure(to: promise)
        case .failure(let error):
          self.open.value = nil
          promise.fail(error)
        }
      }
    }
    return promise.futureResult
  }

  /// Ends the connection; the next request opens another.
  func close() { loop.execute { self.closeNow() } }

  private func closeNow() {
    open.value?.whenSuccess { $0.close(promise: nil) }
    open.value = nil
  }

  private func connection() -> EventLoopFuture<any Channel> {
    if let open = open.value { return open }
    let host = host
    let tls = tls
    let future = ClientBootstrap(group: loop)
      .connectTimeout(.seconds(5))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(TLSHandler.client(tls, serverName: host))
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(HTTPPosterHandler())
        }
      }
      .connect(host: host, port: port)
    open.value = future
    future.whenSuccess { channel in
      channel.closeFuture.whenComplete { _ in
        // A later connection may stand here already.
        guard let current = self.open.value else { return }
        current.whenSuccess { if $0 === channel { self.open.value = nil } }
      }
    }
    return future
  }
}
