// Answers without a known end: how they are framed for each client, and that their source hears of every end.

import Logging
import PluginAPI
import Testing

import func PluginTestKit.eventually

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
  private func with(
    _ route: InternalRoute, limits: WebLimits = .init(), _ body: (WebServer) async throws -> Void
  ) async throws {
    var options = WebServerOptions(name: "admin", listen: .init(host: "127.0.0.1", port: 0))
    options.limits = limits
    let server = WebServer(
      options, router: try WebRouter(internalRoutes: [route]),
      logger: Logger(label: "web", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await server.start()
    try await body(server)
    await server.stop(grace: .milliseconds(100))
  }
  private func connect(_ server: WebServer, _ text: String) async throws -> RawConnection {
    let connection = try await RawConnection.connect(server.port ?? 0)
    try await connection.write(text)
    return connection
  }
  /// Two parts and an end, for each request anew.
  private let letters = InternalRoute(
    "/",
    [
      "GET": { _ in
        let left = Locked(["b", "c"])
        return .stream(
          WebResponse(200, body: [0x61]),
          next: { left.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) } })
      }
    ])

  @Test func whoKnowsNoChunksGetsNoneAndTheEndIsTheConnections() async throws {
    try await with(letters) { server in
      for connection in ["", "Connection: keep-alive\r\n"] {
        let client = try await connect(server, "GET / HTTP/1.0\r\n\(connection)\r\n")
        let answer = await client.rest()
        #expect(answer.hasSuffix("\r\n\r\nabc"))
        #expect(answer.header("transfer-encoding") == nil && answer.header("content-length") == nil)
        #expect(answer.header("connection") == "close")
      }
    }
  }

  @Test func aStreamGoesOutPartByPartItsHeadStatesNoLengthAndTheConnectionGoesOn() async throws {
    try await with(letters) { server in
      let client = try await connect(server, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
      let head = await client.head()
      #expect(head.firstLine == "HTTP/1.1 200 OK")
      #expect(head.header("content-length") == nil)
      try await client.write(
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      let both = await client.rest()
      let body = "\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"
      #expect(both.hasPrefix("HTTP/1.1 200 OK\r\n") && both.contains("transfer-encoding: chunked"))
      #expect(both.contains("\(body)HTTP/1.1 200 OK\r\n") && both.hasSuffix(body))
    }
  }

  @Test func askingForTheHeadOfTheEventsTakesNoReadersPlace() async throws {
    let log = EventLog()
    let route = InternalRoute(
      "/", ["GET": { _ in log.follow(after: nil)?.answer(while: { true }) ?? .whole(WebResponse(503)) }])
    try await with(route) { server in
      for _ in 0..<EventFeed.limit {
        let client = try await connect(server, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(await client.rest().firstLine == "HTTP/1.1 200 OK")
      }
      #expect(log.follow(after: nil) != nil)
    }
  }

  /// What a client does with a stream whose parts are as large as said.
  enum Way: CaseIterable {
    case readToTheEnd, asksForTheHead, isGoneBeforeIt, isGoneWithinIt, doesNotRead, isStopped, isRefused
  }

  @Test(arguments: Way.allCases) func theSourceHearsOfEveryEndOnce(_ way: Way) async throws {
    let (ended, asked, called, begun, go) = (Locked(0), Locked(0), Signal(), Signal(), Signal())
    let route = InternalRoute(
      "/",
      [
        "GET": { _ in
          called.fire()
          if way == .isGoneBeforeIt { await go.wait() }
          return .stream(
            WebResponse(way == .isRefused ? 503 : 200, body: [0x61]),
            next: {
              begun.fire()
              asked.withLock { $0 += 1 }
              switch way {
              case .doesNotRead: return [UInt8](repeating: 0x61, count: 1 << 20)
              case .isGoneWithinIt, .isStopped:
                try? await Task.sleep(for: .seconds(3600))
                return nil
              default:
                return asked.withLock { $0 < 3 ? [0x62] : nil }
              }
            }, ended: { ended.withLock { $0 += 1 } })
        }
      ])
    try await with(route, limits: .changed { $0.writeTime = .milliseconds(200) }) { server in
      let client = try await RawConnection.connect(server.port ?? 0)
      if way == .doesNotRead { await client.stopReading() }
      let method = way == .asksForTheHead ? "HEAD" : "GET"
      try await client.write("\(method) / HTTP/1.1\r\nHost: x\r\n\r\n")
      switch way {
      case .isGoneBeforeIt:
        await called.wait()
        await client.reset()
        // The reset has been seen when a later connection has been answered.
        let other = try await connect(server, "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        _ = await other.rest()
        go.fire()
      case .isGoneWithinIt:
        await begun.wait()
        await client.reset()
      case .isStopped:
        await begun.wait()
        await server.stop(grace: .seconds(30))
        #expect(await client.rest().hasSuffix("1\r\na\r\n0\r\n\r\n"))
      default: break
      }
      #expect(await eventually { ended.withLock { $0 } == 1 })
      // Of whoever does not read, what the sockets hold and one part more: never what the source would give.
      #expect(asked.withLock { $0 } < 32)
      await client.close()
    }
    #expect(ended.withLock { $0 } == 1)
  }
}
