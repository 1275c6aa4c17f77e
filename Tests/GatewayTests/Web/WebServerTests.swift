// The listener as clients see it: whole answers to everything that is a request, and to what is none.

import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct WebServerTests {
  @Test func answersAndKeepsTheConnection() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      for body in ["one", "", "three"] {
        try await client.write(
          "POST /echo?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n\(body)")
        let answer = await client.message()
        #expect(answer.firstLine == "HTTP/1.1 200 OK")
        #expect(answer.hasSuffix("\r\n\r\nPOST a=b 127.0.0.1\n\(body)"))
        #expect(answer.header("content-length") == "\(19 + body.count)")
        #expect(answer.header("x-content-type-options") == "nosniff")
        #expect(answer.header("content-type") == "text/plain; charset=utf-8")
        #expect(answer.header("date")?.hasSuffix(" GMT") == true)
        #expect(answer.header("connection") == nil)
      }
      #expect(
        server.metric(#"http_requests_total{listener="public",route="/echo",status="2xx"}"#) == 3)
      #expect(server.metric(#"http_connections{listener="public"}"#) == 1)
    }
  }

  @Test func headIsGetWithoutTheBody() async throws {
    try await TestServer.with { server in
      let answer = try await server.exchange("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(answer.firstLine == "HTTP/1.1 200 OK")
      #expect(answer.header("content-length") == "15")
      #expect(answer.hasSuffix("\r\n\r\n"))
    }
  }

  @Test func whatIsNotServedIsSaidPlainly() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      for (request, status, text) in [
        ("GET /none", "HTTP/1.1 404 Not Found", "not found\n"),
        ("GET *", "HTTP/1.1 404 Not Found", "not found\n"),
        ("DELETE /echo", "HTTP/1.1 405 Method Not Allowed", "method not allowed\n"),
        ("POST /ws", "HTTP/1.1 405 Method Not Allowed", "method not allowed\n"),
        ("GET /ws", "HTTP/1.1 426 Upgrade Required", "this address is for WebSockets\n"),
      ] {
        try await client.write("\(request) HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = await client.message()
        #expect(answer.firstLine == status)
        #expect(answer.hasSuffix("\r\n\r\n\(text)"))
      }
      #expect(server.rejected("not_found") == 2)
      #expect(server.metric(#"http_requests_total{listener="public",route="none",status="4xx"}"#) == 2)
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await TestServer.with { server in
      let requests = (0..<200).map { "GET /echo?\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
      let answer = try await server.exchange(requests)
      let bodies = answer.split(separator: "\r\n").filter { $0.hasPrefix("GET ") || $0.contains("\nGET ") }
      #expect(answer.components("HTTP/1.1 200 OK") == 200)
      #expect(bodies.map { $0.split(separator: " ")[1] } == (0..<200).map { "\($0)" })
    }
  }

  @Test func oneBytePerPacketIsARequestToo() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      for byte in "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok".utf8 {
        try await client.write([byte])
      }
      #expect(await client.message().hasSuffix("\nok"))
    }
  }

  @Test func aClientThatEndsItsSideIsStillAnswered() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
      await client.endOutput()
      await server.waiting.wait()
      server.go.fire()
      let answer = await client.rest()
      #expect(answer.firstLine == "HTTP/1.1 202 Accepted")
      #expect(answer.header("content-length") == "0")
    }
  }

  @Test func chunkedBodiesAndContinue() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
      #expect(await client.head() == "HTTP/1.1 100 Continue\r\n\r\n")
      try await client.write("2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n")
      #expect(await client.message().hasSuffix("\nabc"))
      // Nobody is asked for a body that will not be read.
      try await client.write(
        "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
      let answer = await client.message()
      #expect(answer.firstLine == "HTTP/1.1 404 Not Found")
      #expect(answer.header("connection") == "close")
    }
  }

  @Test func oldClientsAndLastRequests() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let first = await client.message()
      #expect(first.firstLine == "HTTP/1.1 200 OK" && first.header("connection") == "keep-alive")
      try await client.write("GET /echo HTTP/1.0\r\n\r\n")
      let last = await client.rest()
      #expect(last.header("connection") == "close")
      let other = try await server.connect()
      try await other.write("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(await other.rest().header("connection") == "close")
    }
  }

  @Test func garbageBehindARequestDoesNotOvertakeItsAnswer() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\ngarbage\r\n\r\n")
      await server.waiting.wait()
      server.go.fire()
      let answer = await client.rest()
      #expect(answer.firstLine == "HTTP/1.1 202 Accepted")
      #expect(answer.contains("\r\n\r\nHTTP/1.1 400 Bad Request\r\n"))
    }
  }

  @Test func anUpgradeToAnythingElseIsIgnored() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
      let answer = await client.rest()
      #expect(answer.firstLine == "HTTP/1.1 200 OK")
      #expect(answer.header("connection") == "close")
    }
  }

  @Test func aPluginsNonsenseStaysHTTP() async throws {
    let server = try await TestServer(
      more: [
        WebRoute("/status", .http { _ in WebResponse(7, body: [1]) }),
        WebRoute("/type", .http { _ in WebResponse(200, contentType: "text/html\r\nX-Evil: 1") }),
        WebRoute("/empty", .http { _ in WebResponse(204, body: [1, 2, 3]) }),
      ])
    #expect(
      try await server.exchange("GET /status HTTP/1.1\r\nHost: x\r\n\r\n").firstLine
        == "HTTP/1.1 500 Internal Server Error")
    let type = try await server.exchange("GET /type HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(type.header("content-type") == "application/octet-stream")
    #expect(type.header("x-evil") == nil)
    let empty = try await server.exchange("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(empty.firstLine == "HTTP/1.1 204 No Content")
    #expect(empty.header("content-length") == nil)
    #expect(empty.hasSuffix("\r\n\r\n"))
    await server.stop()
  }

  @Test func stopLetsARequestBeAnswered() async throws {
    let server = try await TestServer()
    let (busy, idle) = (try await server.connect(), try await server.connect())
    try await idle.write("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
    _ = await idle.message()
    try await busy.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    await server.waiting.wait()
    let port = server.port
    let stopped = Task { await server.server.stop(grace: .seconds(30)) }
    #expect(await idle.rest() == "")
    await idle.close()
    server.go.fire()
    let answer = await busy.rest()
    #expect(answer.firstLine == "HTTP/1.1 202 Accepted")
    #expect(answer.header("connection") == "close")
    await busy.close()
    await stopped.value
    #expect(server.server.port == nil)
    await #expect(throws: (any Error).self) { _ = try await RawConnection.connect(port) }
  }

  @Test func stopDoesNotWaitForEver() async throws {
    let cancelled = Signal()
    let server = try await TestServer(
      more: [
        WebRoute(
          "/stuck",
          .http { _ in
            try? await Task.sleep(for: .seconds(3600))
            cancelled.fire()
            return WebResponse(200)
          })
      ])
    let client = try await server.connect()
    try await client.write("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
    try await client.write("x")
    _ = try await server.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
    await server.server.stop(grace: .milliseconds(50))
    await cancelled.wait()
    #expect(await client.rest() == "")
  }

  @Test func aTakenPortIsNamed() async throws {
    let first = try await TestServer()
    let server = WebServer(
      .init(name: "admin", listen: .init(host: "127.0.0.1", port: first.port)), router: try WebRouter(),
      logger: .init(label: "x"))
    do {
      try await server.start()
      Issue.record("the port is taken")
    } catch {
      #expect(
        error.description == "cannot listen on 127.0.0.1:\(first.port): address already in use — "
          + "free the port or change gateway.admin.listen")
    }
    await first.stop()
  }
}

extension String {
  func components(_ text: String) -> Int { ranges(of: text).count }
}
