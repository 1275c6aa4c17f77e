// The HTTP client against servers that misbehave, and proxies.

import CoreMetrics
import PluginAPI
import Testing

import func PluginTestKit.eventually

@testable import Gateway

/// Answers every request of a connection alike.
private func answering(_ response: String) async throws -> RawServer {
  try await RawServer { connection, _ in
    while await !connection.message().isEmpty { try await connection.write(response) }
  }
}
private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

@Suite(.timeLimit(.minutes(1))) struct CurlClientTests {
  private let client = CurlClient()

  private func failure(_ request: HTTPRequest, _ client: CurlClient? = nil) async -> HTTPClientError? {
    do { _ = try await (client ?? self.client).send(request) } catch { return error }
    return nil
  }

  @Test func sendsWhatWasAskedForAndNothingMore() async throws {
    let seen = Locked<[String]>([])
    let server = try await RawServer { connection, _ in
      while case let request = await connection.message(), !request.isEmpty {
        seen.withLock { $0.append(request) }
        try await connection.write(ok)
      }
    }
    let url = "http://127.0.0.1:\(server.port)/a?b=c"
    _ = try await client.send(.init("GET", url, headers: [("Authorization", "Bearer x"), ("X-Empty", "")]))
    _ = try await client.send(
      .init("POST", url, headers: [("Content-Type", "text/x")], body: [0x7B, 0x7D]))
    _ = try await client.send(.init("POST", url))
    _ = try await client.send(.init("PATCH", url, body: []))
    _ = try await client.send(.init("DELETE", url))
    let common =
      "Host: 127.0.0.1:\(server.port)\r\nAccept: */*\r\nAccept-Encoding: deflate, gzip, br, zstd\r\n"
    let agent = "User-Agent: presence-gateway\r\n"
    #expect(
      seen.withLock { $0 } == [
        "GET /a?b=c HTTP/1.1\r\n\(common)Authorization: Bearer x\r\nX-Empty:\r\n\(agent)\r\n",
        "POST /a?b=c HTTP/1.1\r\n\(common)Content-Type: text/x\r\n\(agent)Content-Length: 2\r\n\r\n{}",
        "POST /a?b=c HTTP/1.1\r\n\(common)\(agent)Content-Length: 0\r\n\r\n",
        "PATCH /a?b=c HTTP/1.1\r\n\(common)\(agent)Content-Length: 0\r\n\r\n",
        "DELETE /a?b=c HTTP/1.1\r\n\(common)\(agent)\r\n",
      ])
    await server.stop()
  }

  @Test func aLargeBodyIsSentWithoutAskingFirst() async throws {
    let seen = Locked("")
    let server = try await RawServer { connection, _ in
      let request = await connection.message()
      seen.withLock { $0 = request }
      try await connection.write(ok)
    }
    let body = [UInt8](repeating: 0x61, count: 2 << 20)
    _ = try await client.send(.init("PUT", "http://127.0.0.1:\(server.port)/", body: body))
    let request = seen.withLock { $0 }
    #expect(!request.prefix(1000).lowercased().contains("expect"))
    #expect(request.hasSuffix(String(repeating: "a", count: 1000)))
    #expect(request.utf8.count > 2 << 20)
    await server.stop()
  }

  @Test func responsesAreGivenWhole() async throws {
    let server = try await answering(
      "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 429 Too Many\r\nRetry-After:  7 \r\nx-a: 1\r\n"
        + "X-A: 2\r\nContent-Length: 3\r\n\r\nabc")
    let response = try await client.send(.init("GET", "http://127.0.0.1:\(server.port)/"))
    #expect(response.status == 429)
    #expect(response.header("retry-after") == "7")
    #expect(response.headers.filter { $0.name.lowercased() == "x-a" }.map(\.value) == ["1", "2"])
    #expect(response.header("X-Interim") == nil)
    #expect(response.body == Array("abc".utf8))
    await server.stop()
  }

  @Test func headHasNoBodyToWaitFor() async throws {
    let server = try await answering("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
    let response = try await client.send(.init("HEAD", "http://127.0.0.1:\(server.port)/"))
    #expect(response.status == 200)
    #expect(response.body.isEmpty)
    await server.stop()
  }

  @Test func aSilentServerIsGivenUpInTime() async throws {
    let server = try await RawServer { connection, _ in _ = await connection.rest() }
    let start = ContinuousClock.now
    let request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/", timeout: .milliseconds(200))
    #expect(await failure(request) == .timedOut)
    #expect(.now - start >= .milliseconds(200))
    await server.stop()
  }

  @Test func aServerThatDripsIsGivenUpInTimeToo() async throws {
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
      while true { try await connection.write("x") }
    }
    let request = HTTPRequest(
      "GET", "http://127.0.0.1:\(server.port)/", timeout: .milliseconds(200), maxResponseBytes: 1 << 30)
    #expect(await failure(request) == .timedOut)
    await server.stop()
  }

  @Test func requestsThatWaitForAConnectionHaveTheSameLimit() async throws {
    let server = try await RawServer { connection, _ in _ = await connection.rest() }
    let url = "http://127.0.0.1:\(server.port)/"
    let errors = await withTaskGroup(of: HTTPClientError?.self) { group in
      for _ in 0..<10 { group.addTask { await failure(.init("GET", url, timeout: .milliseconds(200))) } }
      return await group.reduce(into: [HTTPClientError?]()) { $0.append($1) }
    }
    #expect(errors == Array(repeating: .timedOut, count: 10))
    await server.stop()
  }

  @Test func cancellingEndsTheTransferNotOnlyTheWait() async throws {
    let (asked, gone) = (Signal(), Signal())
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      asked.fire()
      _ = await connection.rest()
      gone.fire()
    }
    let request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/")
    let task = Task { try await client.send(request) }
    await asked.wait()
    let start = ContinuousClock.now
    task.cancel()
    await #expect(throws: HTTPClientError.cancelled) { try await task.value }
    #expect(.now - start < request.timeout)
    await gone.wait()
    await server.stop()
  }

  @Test func aCancelledTaskSendsNothing() async {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure(.init("GET", "http://127.0.0.1:1/"))
    }
    #expect(await task.value == .cancelled)
  }

  @Test func anEndlessBodyIsRefusedWhileItComes() async throws {
    let gone = Signal()
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      defer { gone.fire() }
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      while true { try await connection.write("400\r\n\(String(repeating: "x", count: 1024))\r\n") }
    }
    let request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/", maxResponseBytes: 10_000)
    #expect(await failure(request) == .responseTooLarge)
    await gone.wait()
    await server.stop()
  }

  @Test(arguments: [1, 90, 300]) func endlessHeadersAreRefused(kilobytes: Int) async throws {
    let line = "X: \(String(repeating: "x", count: kilobytes * 1000))\r\n"
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      try await connection.write("HTTP/1.1 200 OK\r\n")
      for _ in 0..<200 { try await connection.write(line) }
    }
    let error = await failure(.init("GET", "http://127.0.0.1:\(server.port)/"))
    #expect(error == .responseTooLarge)
    await server.stop()
  }

  @Test func nobodyThere() async throws {
    let server = try await answering(ok)
    await server.stop()
    guard
      case .cannotConnect(let text) = await failure(.init("GET", "http://127.0.0.1:\(server.port)/?token=x"))
    else { return #expect(Bool(false), "must not connect") }
    #expect(text.hasPrefix("Failed to connect to 127.0.0.1 port \(server.port) after "))
    #expect(!text.contains("token"))
  }

  @Test func aConnectionThatTheServerClosedBetweenRequestsIsReplaced() async throws {
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      try await connection.write(ok)
    }
    for _ in 0..<5 {
      #expect(
        try await client.send(.init("POST", "http://127.0.0.1:\(server.port)/", body: [1])).status == 200)
    }
    await server.stop()
  }

  @Test func aConnectionThatBreaksUnderARequestIsLost() async throws {
    let server = try await RawServer { connection, number in
      if number == 1 {
        _ = await connection.message()
        try await connection.write(ok)
      }
      _ = await connection.message()
      await connection.reset()
    }
    let request = HTTPRequest("POST", "http://127.0.0.1:\(server.port)/", body: [1])
    #expect(try await client.send(request).status == 200)
    guard case .connectionLost = await failure(request) else { return #expect(Bool(false), "must be lost") }
    await server.stop()
  }

  @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "", "HTTP/1.1 200 O"])
  func aTruncatedAnswerIsNoAnswer(_ text: String) async throws {
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      if !text.isEmpty { try await connection.write(text) }
    }
    guard case .connectionLost = await failure(.init("GET", "http://127.0.0.1:\(server.port)/")) else {
      return #expect(Bool(false), "must be lost")
    }
    await server.stop()
  }

  @Test func whatIsNoRequestIsRefusedWithoutItsSecrets() async {
    let cases: [(HTTPRequest, String)] = [
      (.init("GET", "file:///etc/passwd"), "only http and https addresses can be asked"),
      (.init("GET", "gopher://x/"), "only http and https addresses can be asked"),
      (.init("GET", "http://x/a b"), "the address has characters that must be percent-encoded"),
      (.init("GET", "http://x/a\r\nHost: y"), "the address has characters that must be percent-encoded"),
      (.init("GET / HTTP/1.1", "http://x/"), "the method is not a word"),
      (
        .init("GET", "http://x/", headers: [("A", "secret\r\nB: c")]),
        "the header A has control characters in its value"
      ),
      (.init("GET", "http://x/", headers: [("A: b\r\nC", "d")]), "a header's name is not a word"),
      (
        .init("GET", "http://x/", headers: [("A", String(repeating: "x", count: 70_000))]),
        "the headers are longer than 64 KB"
      ),
    ]
    for (request, text) in cases { #expect(await failure(request) == .invalidRequest(text)) }
  }

  @Test func plainHTTPGoesToTheProxyAsAWholeAddress() async throws {
    let seen = Locked("")
    let proxy = try await RawServer { connection, _ in
      let request = await connection.message()
      seen.withLock { $0 = request }
      try await connection.write(ok)
    }
    var options = CurlOptions()
    options.proxy = "http://127.0.0.1:\(proxy.port)"
    let client = CurlClient(options)
    let response = try await client.send(.init("GET", "http://graph.example/users?x=1"))
    #expect(response.body == Array("ok".utf8))
    #expect(seen.withLock { $0 }.hasPrefix("GET http://graph.example/users?x=1 HTTP/1.1\r\n"))
    await client.shutdown()
    await proxy.stop()
  }

  @Test func aRefusingProxyIsNamedAsTheReason() async throws {
    let proxy = try await answering("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
    var options = CurlOptions()
    options.proxy = "http://user:secret@127.0.0.1:\(proxy.port)"
    let client = CurlClient(options)
    let error = await failure(.init("GET", "https://graph.example/"), client)
    #expect(error == .cannotConnect("the proxy answers 407 to CONNECT"))
    await client.shutdown()
    await proxy.stop()
  }

  @Test func aProxysPasswordIsNotPrinted() async throws {
    var options = CurlOptions()
    options.proxy = "ftp://user:secret@127.0.0.1:1"
    let client = CurlClient(options)
    let error = await failure(.init("GET", "https://graph.example/?token=secret"), client)
    #expect(error != nil)
    #expect(!"\(String(describing: error))".contains("secret"))
    await client.shutdown()
  }

  @Test func tooManyAtOnceAreRefused() async throws {
    let asked = Signal()
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      asked.fire()
      _ = await connection.rest()
    }
    var options = CurlOptions()
    options.maxRequests = 1
    let client = CurlClient(options)
    let request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/")
    let first = Task { await failure(request, client) }
    await asked.wait()
    #expect(await failure(request, client) == .cannotConnect("1 requests are under way already"))
    first.cancel()
    #expect(await first.value == .cancelled)
    await client.shutdown()
    await server.stop()
  }

  @Test func shutdownLetsWhatIsUnderWayEnd() async throws {
    let (asked, go) = (Signal(), Signal())
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      asked.fire()
      await go.wait()
      try await connection.write(ok)
      _ = await connection.rest()
    }
    let client = CurlClient()
    let request = HTTPRequest("GET", "http://127.0.0.1:\(server.port)/")
    let running = Task { try await client.send(request) }
    await asked.wait()
    let shutdown = Task { await client.shutdown(grace: .seconds(30)) }
    #expect(await eventually { await failure(.init("GET", "file:///"), client) == .cancelled })
    go.fire()
    #expect(try await running.value.status == 200)
    await shutdown.value
    #expect(await failure(request, client) == .cancelled)
    await client.shutdown()
    await server.stop()
  }

  @Test func shutdownEndsWhatDoesNotEndItself() async throws {
    let asked = Signal()
    let server = try await RawServer { connection, _ in
      _ = await connection.message()
      asked.fire()
      _ = await connection.rest()
    }
    let client = CurlClient()
    let running = Task { await failure(.init("GET", "http://127.0.0.1:\(server.port)/"), client) }
    await asked.wait()
    await client.shutdown(grace: .milliseconds(50))
    #expect(await running.value == .cancelled)
    await server.stop()
  }

  @Test func outcomesAreCounted() async throws {
    let server = try await answering(ok)
    let metrics = PrometheusMetrics(table: .httpClient)
    let client = CurlClient(metrics: metrics)
    for _ in 0..<3 { _ = try await client.send(.init("GET", "http://127.0.0.1:\(server.port)/")) }
    _ = await failure(.init("GET", "nonsense"), client)
    await client.shutdown()
    let lines = metrics.render().split(separator: "\n")
    #expect(lines.contains(#"presence_gateway_http_client_requests_total{outcome="2xx"} 3"#))
    #expect(lines.contains(#"presence_gateway_http_client_requests_total{outcome="invalid_request"} 1"#))
    #expect(lines.contains("presence_gateway_http_client_connections_total 1"))
    #expect(lines.contains("presence_gateway_http_client_request_seconds_count 4"))
    #expect(lines.contains("presence_gateway_http_client_requests_under_way 0"))
    await server.stop()
  }
}
