// What holds for who serves the public listener: strangers send anything.

import PluginAPI

extension Conformance {
  public static func routes(_ plugin: some RouteProviding) async -> [String] {
    var findings = Findings()
    let routes = plugin.routes
    findings.expect(Set(routes.map(\.path)).count == routes.count, "a path is there twice")
    for route in routes {
      let path = route.path
      findings.expect(
        path.hasPrefix("/") && !path.contains { " ?#".contains($0) }, "\(path) is no path beginning with /")
      switch route.handler {
      case .http(let answer), .get(let answer):
        for request in hostileRequests(to: path) {
          let response = await answer(request)
          findings.expect(
            (200..<500).contains(response.status),
            "\(request.method) \(path) with \(request.body.count) bytes: status \(response.status)")
        }
      case .webSocket(let serve):
        for text in hostileTexts {
          let hasEnded = await cancelled {
            await serve(SilentPeer(saying: text))
          } after: {
          }
          findings.expect(hasEnded, "\(path): a connection that is gone is served on")
        }
      }
    }
    return findings.list
  }

  static let hostileTexts: [[UInt8]] = [
    [], Array("null".utf8), Array("{}".utf8), Array(#"{"mt":1}"#.utf8), [0xff, 0xfe, 0x00],
    Array(String(repeating: "[", count: 100_000).utf8), Array(#"{"value":[{}]}"#.utf8),
  ]

  private static func hostileRequests(to path: String) -> [WebRequest] {
    let bodies = hostileTexts.map { WebRequest(method: "POST", path: path, body: $0) }
    let others = ["", "validationToken=%", "x=%00%ff&=", String(repeating: "a=b&", count: 1000)].map {
      WebRequest(method: "GET", path: path, query: $0)
    }
    return bodies + others
  }

  /// Says one thing and is gone.
  private final class SilentPeer: WebSocketConnection {
    let remoteAddress = "192.0.2.66:6"
    private let text: Locked<[UInt8]?>
    init(saying text: [UInt8]) { self.text = Locked(text) }
    func receive() async throws -> [UInt8]? {
      text.withLock { text in
        defer { text = nil }
        return text
      }
    }
    func send(_ text: [UInt8]) async throws {}
    func close() async {}
  }
}
