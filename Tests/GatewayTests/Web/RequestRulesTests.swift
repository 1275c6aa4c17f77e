// What RFC 9112 asks of a request, and of whoever ends it early.

import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct RequestRulesTests {
  @Test(arguments: [
    "garbage\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "GET /\u{0} HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    // §3.2: a proxy before us may have understood another name than we do.
    "GET /echo HTTP/1.1\r\n\r\n", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /echo HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "GET /echo HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
    "POST /none HTTP/1.1\r\nContent-Length: 2\r\n\r\nab",
  ]) func whatIsNoRequestOrHasNotOneHostIsRefused(_ request: String) async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write(request)
      let answer = await client.rest()
      #expect(answer.firstLine == "HTTP/1.1 400 Bad Request")
      #expect(answer.hasSuffix("\r\n\r\nbad request\n"))
      #expect(answer.header("connection") == "close")
      #expect(server.rejected("bad_request") == 1)
    }
  }

  /// §3.2.2.
  @Test func theTargetsAuthorityReplacesTheHost() async throws {
    let route = WebRoute(
      "/host",
      .http { request in
        let hosts = request.headers.filter { $0.name.lowercased() == "host" }.map(\.value)
        return WebResponse(200, body: Array("\(hosts)".utf8))
      })
    let server = try await TestServer(more: [route])
    for (target, host) in [
      ("/host", "a"), ("http://evil.example:81/host", "evil.example:81"), ("HTTP://b/host?http://c/", "b"),
    ] {
      let answer = try await server.exchange("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(answer.hasSuffix("\r\n\r\n[\"\(host)\"]"))
    }
    #expect(
      try await server.exchange("GET http://b/host HTTP/1.0\r\n\r\n").hasSuffix("\r\n\r\n[\"b\"]"))
    await server.stop()
  }

  @Test func anAnswerUnderWayOutlivesHalfOfTheNextRequest() async throws {
    try await TestServer.with { server in
      let client = try await server.connect()
      try await client.write(
        "GET /wait HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
      await server.waiting.wait()
      await client.endOutput()
      // The end has been seen when another connection's has.
      _ = try await server.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
      server.go.fire()
      let answer = await client.rest()
      #expect(answer.firstLine == "HTTP/1.1 202 Accepted")
      #expect(answer.components("HTTP/1.1") == 1)
    }
  }
}
