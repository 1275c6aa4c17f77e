// Stands where the WebSocket client will be.

import PluginAPI

struct NoWebSocketDialer: WebSocketDialer {
  func connect(to url: String, trust: String?) async throws(HTTPClientError) -> any WebSocketConnection {
    throw .cannotConnect("this gateway does not dial WebSockets")
  }
}
