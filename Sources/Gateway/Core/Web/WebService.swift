// What all connections of a listener share.

import Logging
import NIOCore
import NIOHTTP1
import PluginAPI

final class WebService: Sendable {
  let limits: WebLimits
  let forwardedFor: ForwardedFor
  private let serving: Locked<(router: WebRouter, metrics: WebMetrics)>
  let registry: ConnectionRegistry
  let logger: Logger
  private let headers: [(name: String, value: String)]
  let refusal: @Sendable (Refusal) -> WebResponse
  private let date = Locked((second: 0, text: ""))

  init(
    router: WebRouter, limits: WebLimits, forwardedFor: ForwardedFor = .init(), metrics: WebMetrics,
    headers: [(name: String, value: String)],
    refusal: @escaping @Sendable (Refusal) -> WebResponse, logger: Logger
  ) {
    self.limits = limits
    self.forwardedFor = forwardedFor
    serving = Locked((router, metrics))
    self.headers = headers
    self.refusal = refusal
    self.logger = logger
    registry = ConnectionRegistry(limits)
  }

  var router: WebRouter { serving.withLock { $0.router } }
  var metrics: WebMetrics { serving.withLock { $0.metrics } }
  func serve(_ router: WebRouter, _ metrics: WebMetrics) { serving.withLock { $0 = (router, metrics) } }

  /// The connection is closed and no plugin works for it any more.
  func ended(_ id: Int) {
    registry.remove(id, report: metrics.open)
  }

  /// Something below HTTP went wrong: a reset connection, a failed TLS handshake.
  func failed(_ error: any Error, _ channel: any Channel) {
    if !(error is IOError || error is ChannelError) { metrics.rejected("tls") }
    logger.debug("connection failed", metadata: ["error": "\(error)"])
    channel.close(promise: nil)
  }

  /// How a client finds the end of a response.
  enum Framing {
    /// The body is all there is, and its length is told.
    case whole
    case chunked
    /// By the end of the connection, or it has no body.
    case untold
  }

  func responseHead(
    _ response: WebResponse, _ framing: Framing, _ more: [(name: String, value: String)] = [],
    keepAlive: Bool, version: HTTPVersion
  ) -> HTTPResponseHead {
    // A plugin that answers nonsense has failed.
    let status = (200...599).contains(response.status) ? response.status : 500
    var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status))
    head.headers.reserveCapacity(8 + headers.count)
    head.headers.add(name: "date", value: currentDate)
    head.headers.add(name: "x-content-type-options", value: "nosniff")
    if status != 204, status != 304 {
      let isClean = response.contentType.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
      head.headers.add(
        name: "content-type", value: isClean ? response.contentType : "application/octet-stream")
      switch framing {
      case .whole: head.headers.add(name: "content-length", value: String(response.body.count))
      case .chunked: head.headers.add(name: "transfer-encoding", value: "chunked")
      case .untold: break
      }
    }
    // What a route says of itself replaces what the listener says of everything.
    for (name, value) in headers where !response.headers.contains(where: { $0.name == name }) {
      head.headers.add(name: name, value: value)
    }
    for (name, value) in response.headers where Self.mayBeSet(name, value) {
      head.headers.add(name: name, value: value)
    }
    for (name, value) in more where keepAlive || name != "connection" {
      head.headers.add(name: name, value: value)
    }
    if !keepAlive {
      head.headers.add(name: "connection", value: "close")
    } else if version == .http1_0 {
      head.headers.add(name: "connection", value: "keep-alive")
    }
    return head
  }

  private static let ownHeaders: Set = [
    "connection", "content-length", "content-type", "date", "transfer-encoding", "upgrade",
  ]
  /// A line break in a value would be a header, or a body, of somebody else's making.
  private static func mayBeSet(_ name: String, _ value: String) -> Bool {
    !ownHeaders.contains(name.lowercased()) && !name.isEmpty
      && name.utf8.allSatisfy {
        $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20)
      }
      && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  private var currentDate: String {
    let now = WallTime.now()
    return date.withLock { date in
      if date.second != now.seconds { date = (now.seconds, now.httpDate) }
      return date.text
    }
  }
}
