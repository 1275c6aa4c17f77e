// How a plugin dials a WebSocket (RFC 6455) of a system that does not dial in.

public protocol WebSocketDialer: Sendable {
  /// `ws://` or `wss://`. `trust` is a PEM file with the authorities to trust instead of the system's.
  /// Returns after the upgrade; cancelling the task ends the attempt.
  func connect(to url: String, trust: String?) async throws(HTTPClientError) -> any WebSocketConnection
}
