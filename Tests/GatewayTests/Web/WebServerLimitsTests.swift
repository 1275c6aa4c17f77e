// What a hostile client can cost: every limit of the listener, shortened where it is a time.

import PluginAPI
import Testing

import func PluginTestKit.eventually

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct WebServerLimitsTests {
  @Test func headersAreBounded() async throws {
    try await TestServer.with { server in
      let large = String(repeating: "a", count: 15_000)
      let fits = try await server.exchange("GET /echo HTTP/1.1\r\nHost: x\r\nX: \(large)\r\n\r\n")
      #expect(fits.firstLine == "HTTP/1.1 200 OK")
      for request in [
        "GET /echo HTTP/1.1\r\nHost: x\r\nX: \(large)aaaaaaaaaa\(large)\r\n\r\n",
        "GET /\(large)\(large) HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\n" + (0..<200).map { "X\($0): y\r\n" }.joined() + "\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\n" + (0..<20).map { "X\($0): \(large.prefix(1000))\r\n" }.joined()
          + "\r\n",
      ] {
        let client = try await server.connect()
        try await client.write(request)
        let answer = await client.rest()
        #expect(answer.firstLine == "HTTP/1.1 431 Request Header Fields Too Large")
        #expect(answer.hasSuffix("\r\n\r\nthe headers are too large\n"))
      }
      #expect(server.rejected("headers_too_large") == 4)
    }
  }

  @Test func headersThatNeverEndAreRefusedWhileTheyCome() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write("GET /echo HTTP/1.1\r\nHost: x\r\nX: ")
      let writer = Task { while true { try await client.write(String(repeating: "a", count: 1000)) } }
      #expect(await client.rest().firstLine == "HTTP/1.1 431 Request Header Fields Too Large")
      await client.close()
      _ = await writer.result
    }
  }

  @Test func aBodyIsAtMostAMegabyte() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      let whole = [UInt8](repeating: 0x61, count: 1 << 20)
      try await client.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(whole.count)\r\n\r\n")
      try await client.write(whole)
      #expect(await client.message().firstLine == "HTTP/1.1 200 OK")

      try await client.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(whole.count + 1)\r\n\r\n")
      let declared = await client.rest()
      #expect(declared.firstLine == "HTTP/1.1 413 Payload Too Large")
      #expect(declared.hasSuffix("\r\n\r\nthe body is too large\n"))

      // Undeclared, and the client goes on sending: it can still read why it is refused.
      let other = try await server.connect()
      try await other.write("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = "10000\r\n\(String(repeating: "a", count: 65536))\r\n"
      let writer = Task { for _ in 0..<32 { try await other.write(chunk) } }
      #expect(await other.message().firstLine == "HTTP/1.1 413 Payload Too Large")
      await other.close()
      _ = await writer.result
      #expect(server.rejected("body_too_large") == 2)
    }
  }

  @Test func bodiesOfAllRequestsTogetherAreBounded() async throws {
    try await TestServer.with(.changed { $0.maxBufferedBytes = 1000 }) { server in
      let (first, second) = (try await server.connect(), try await server.connect())
      try await first.write(
        "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n\(String(repeating: "a", count: 900))")
      await server.waiting.wait()
      try await second.write(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n\(String(repeating: "a", count: 200))")
      let refused = await second.rest()
      #expect(refused.firstLine == "HTTP/1.1 503 Service Unavailable")
      server.go.fire()
      #expect(await first.message().firstLine == "HTTP/1.1 202 Accepted")
      // The room is free again.
      try await first.write(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n\(String(repeating: "a", count: 900))")
      #expect(await first.message().firstLine == "HTTP/1.1 200 OK")
    }
  }

  @Test func slowHeadersEndInTimeHoweverTheyDrip() async throws {
    try await TestServer.with(.changed { $0.headerTime = .milliseconds(200) }) { server in
      let client = try await server.connect()
      let writer = Task { while true { try await client.write("\r\n") } }
      _ = await client.rest()
      await client.close()
      _ = await writer.result
      let silent = try await server.connect()
      try await silent.write("GET /echo HTTP/1.1\r\nHost: x\r\nX: ")
      #expect(await silent.rest() == "")
      #expect(server.rejected("header_timeout") == 2)
    }
  }

  @Test func aSlowBodyEndsInTimeAndHoldsNoWorker() async throws {
    try await TestServer.with(.changed { $0.requestTime = .milliseconds(300) }) { server in
      var slow: [RawConnection] = []
      for _ in 0..<50 {
        let client = try await server.connect()
        try await client.write("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
        slow.append(client)
      }
      #expect(
        try await server.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").firstLine == "HTTP/1.1 200 OK")
      for client in slow { #expect(await client.rest() == "") }
      #expect(server.rejected("request_timeout") == 50)
    }
  }

  @Test func anIdleConnectionIsClosed() async throws {
    try await TestServer.with(.changed { $0.idleTime = .milliseconds(1500) }) { server in
      let client = try await server.connect()
      try await client.write("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await client.message().firstLine == "HTTP/1.1 200 OK")
      #expect(await client.rest() == "")
      let silent = try await server.connect()
      #expect(await silent.rest() == "")
    }
  }

  @Test func aClientThatDoesNotReadIsClosed() async throws {
    let large = WebResponse(200, body: [UInt8](repeating: 0, count: 32 << 20))
    let limits = WebLimits.changed { $0.writeTime = .milliseconds(200) }
    let server = try await TestServer(more: [WebRoute("/large", .http { _ in large })], limits: limits)
    let client = try await server.connect()
    await client.stopReading()
    try await client.write("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(await eventually { (server.rejected("slow_reader") ?? 0) > 0 })
    await client.close()
    await server.stop()
  }

  @Test func readingStopsWhileARequestIsAnswered() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
      await server.waiting.wait()
      // More than the kernel takes for a socket that nobody reads: the writer must come to a halt.
      let flood = Task {
        try await client.write(
          [UInt8](String(repeating: "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", count: 800_000).utf8))
      }
      #expect(await eventually { !client.channel.isWritable })
      server.go.fire()
      #expect(await client.message().firstLine == "HTTP/1.1 202 Accepted")
      #expect(await client.message().firstLine == "HTTP/1.1 200 OK")
      await client.close()
      _ = await flood.result
    }
  }

  @Test func theOldestThatOnlyWaitsMakesRoomForTheNext() async throws {
    try await TestServer.with(.changed { $0.maxConnections = 3 }) { server in
      let (busy, silent, slow) = (
        try await server.connect(), try await server.connect(), try await server.connect()
      )
      try await busy.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
      await server.waiting.wait()
      try await slow.write("GET /echo HTTP/1.1\r\nHost:")
      #expect(await eventually { server.metric(#"http_connections{listener="public"}"#) == 3 })
      let next = try await server.connect()
      try await next.write("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await next.message().firstLine == "HTTP/1.1 200 OK")
      #expect(await silent.rest() == "")
      #expect(server.rejected("gave_way") == 1)
      server.go.fire()
      #expect(await busy.message().firstLine == "HTTP/1.1 202 Accepted")
    }
  }

  @Test func oneTooManyIsTurnedAwayWhileAllAreServed() async throws {
    try await TestServer.with(.changed { $0.maxConnections = 2 }) { server in
      let kept = [try await RawWebSocket(server), try await RawWebSocket(server)]
      let refused = try await server.connect()
      #expect(await refused.rest().firstLine == "HTTP/1.1 503 Service Unavailable")
      #expect(server.rejected("too_many_connections") == 1)
      await kept[0].close()
      // Its place is free as soon as the server has seen the end.
      #expect(await eventually { server.metric(#"http_connections{listener="public"}"#) != 2 })
      let answer = try await server.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(answer.firstLine == "HTTP/1.1 200 OK")
      await kept[1].close()
    }
  }

  @Test func slowBodiesLockNobodyOut() async throws {
    try await TestServer.with(.changed { $0.maxBufferedBytes = 8000 }) { server in
      var slow: [RawConnection] = []
      for _ in 0..<8 {
        let client = try await server.connect()
        try await client.write(
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n\(String(repeating: "a", count: 1000))"
        )
        slow.append(client)
      }
      let body = String(repeating: "b", count: 1000)
      for _ in 0..<20 {
        let answer = try await server.exchange(
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n\(body)")
        #expect(answer.firstLine == "HTTP/1.1 200 OK")
      }
      #expect(server.rejected("too_busy") == 1)
      for client in slow { await client.close() }
    }
  }

  @Test func pagesTakeNoBodies() async throws {
    let page = WebRoute("/page", .get { _ in WebResponse(200, body: [0x61]) })
    let server = try await TestServer(more: [page])
    for (request, status) in [
      ("POST /page", "HTTP/1.1 405 Method Not Allowed"), ("GET /page", "HTTP/1.1 413 Payload Too Large"),
      ("GET /echo", "HTTP/1.1 413 Payload Too Large"), ("POST /none", "HTTP/1.1 404 Not Found"),
    ] {
      let client = try await server.connect()
      // Nothing of the body: the answer must come all the same.
      try await client.write("\(request) HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
      let answer = await client.rest()
      #expect(answer.firstLine == status)
      #expect(answer.header("connection") == "close")
    }
    let head = try await server.exchange("HEAD /page HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    #expect(head.firstLine == "HTTP/1.1 200 OK")
    await server.stop()
  }

  @Test func aPluginThatOutlivesItsClientStillCounts() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
      await server.waiting.wait()
      await client.reset()
      #expect(server.metric(#"http_connections{listener="public"}"#) == 1)
      server.go.fire()
      #expect(await eventually { server.metric(#"http_connections{listener="public"}"#) == 0 })
    }
  }

  @Test func abortedConnectionsLeaveNothingBehind() async throws {
    try await TestServer.with { server in
      for number in 0..<50 {
        let client = try await server.connect()
        try await client.write(
          ["", "GET", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"][number % 3])
        await client.reset()
      }
      #expect(await eventually { server.metric(#"http_connections{listener="public"}"#) == 0 })
      #expect(
        try await server.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").firstLine == "HTTP/1.1 200 OK")
    }
  }
}
