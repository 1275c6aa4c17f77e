// The moment between HTTP and WebSocket: whoever breaks off there, or asks wrongly, costs nothing afterwards.

import PluginAPI
import Testing

import func PluginTestKit.eventually

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct WebSocketUpgradeTests {
  @Test func clientsThatResetAfterTheirRequestLeaveNoPlaceTaken() async throws {
    let server = try await TestServer()
    for _ in 0..<100 {
      let client = try await server.connect()
      try await client.write(RawWebSocket.request("/ws"))
      await client.reset()
    }
    #expect(await eventually { server.metric(#"http_connections{listener="public"}"#) == 0 })
    await server.stop()
  }

  /// A body would be read as the first frames.
  @Test(arguments: ["Content-Length: 4", "Transfer-Encoding: chunked"])
  func aRequestToUpgradeHasNoBody(_ header: String) async throws {
    let server = try await TestServer()
    let client = try await server.connect()
    let request = RawWebSocket.request("/ws")
    try await client.write(request.dropLast() + "\(header)\r\n\r\n")
    #expect(await client.rest().firstLine == "HTTP/1.1 400 Bad Request")
    #expect(server.rejected("bad_request") == 1)
    await server.stop()
  }
}
