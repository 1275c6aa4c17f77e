// What the gateway's own routes can do beyond a plugin's: methods, parameters, headers.

import Logging
import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct InternalRouteTests {
  private func with(
    _ routes: [InternalRoute], _ body: (WebServer) async throws -> Void
  ) async throws {
    var options = WebServerOptions(name: "admin", listen: .init(host: "127.0.0.1", port: 0))
    options.headers = [("cache-control", "no-store")]
    let server = WebServer(
      options, router: try WebRouter(internalRoutes: routes),
      logger: Logger(label: "web", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await server.start()
    try await body(server)
    await server.stop(grace: .milliseconds(100))
  }
  private func ask(_ server: WebServer, _ line: String) async throws -> String {
    let connection = try await RawConnection.connect(server.port ?? 0)
    try await connection.write("\(line) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    defer { connection.channel.close(promise: nil) }
    return await connection.rest()
  }

  @Test func methodsAndParameters() async throws {
    let answer: InternalRoute.Handler = { call in
      let text = call.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return .whole(WebResponse(200, body: Array("\(call.request.method) \(text)".utf8)))
    }
    try await with([InternalRoute("/a/{x}/b/{y}", ["GET": answer, "DELETE": answer])]) { server in
      #expect(try await ask(server, "DELETE /a/1/b/s%C3%A9%2Fz").hasSuffix(#"DELETE ["x=1", "y=sé/z"]"#))
      #expect(try await ask(server, "HEAD /a/1/b/2").firstLine == "HTTP/1.1 200 OK")
      let refused = try await ask(server, "PUT /a/1/b/2")
      #expect(refused.firstLine == "HTTP/1.1 405 Method Not Allowed")
      #expect(refused.header("allow") == "DELETE, GET, HEAD")
      for path in ["/a/1/b", "/a/1/b/2/3", "/a//b/2", "/a/1/b/%", "/a/1/b/%ff"] {
        #expect(try await ask(server, "GET \(path)").firstLine == "HTTP/1.1 404 Not Found")
      }
    }
  }

  @Test func headersOfARouteAreItsOwnButNotTheConnections() async throws {
    let route = InternalRoute("/") { _ in
      WebResponse(
        200,
        headers: [
          ("cache-control", "max-age=1"), ("x-a", "1"), ("content-length", "99"), ("x-b", "1\r\nx-c: 2"),
          ("bad name", "1"),
        ], body: [0x61])
    }
    try await with([route]) { server in
      let answer = try await ask(server, "GET /")
      #expect(answer.header("cache-control") == "max-age=1")
      #expect(answer.header("x-a") == "1")
      #expect(answer.header("content-length") == "1")
      #expect(answer.header("x-b") == nil && answer.header("x-c") == nil && answer.header("bad name") == nil)
    }
  }
}
