// What a WebSocket session asks of whoever opened it: a listener that accepted it, or a plugin that dialled it.

import NIOCore

/// Which end of RFC 6455 is ours: a client masks what it sends, a server does not.
enum WebSocketSide: Sendable { case server, client }

protocol WebSocketOwner: Sendable {
  var side: WebSocketSide { get }
  var limits: WebLimits { get }
  /// How the session can be asked to end from outside.
  func opened(_ control: @escaping ConnectionRegistry.Control)
  func received()
  func sent(_ count: Int)
  /// The peer broke a rule; `reason` is the word under which that is counted.
  func refused(_ reason: String)
  /// Something below WebSocket went wrong.
  func failed(_ error: any Error, _ channel: any Channel)
  /// The connection is closed and nobody works for it any more.
  func ended()
}

/// A session on a listener: counted, bounded and drained with its other connections.
struct AcceptedWebSocket: WebSocketOwner {
  let service: WebService
  let id: Int
  let route: String

  var side: WebSocketSide { .server }
  var limits: WebLimits { service.limits }
  func opened(_ control: @escaping ConnectionRegistry.Control) {
    service.registry.setControl(control, of: id)
  }
  func received() { service.metrics.messageReceived(route) }
  func sent(_ count: Int) { service.metrics.messagesSent(route, count) }
  func refused(_ reason: String) { service.metrics.rejected(reason) }
  func failed(_ error: any Error, _ channel: any Channel) { service.failed(error, channel) }
  func ended() { service.ended(id) }
}
