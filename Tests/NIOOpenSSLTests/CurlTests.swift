// Requests of curl: many on one connection, large ones in both directions.

import NIOOpenSSL
import OpenSSLCrypto
import Testing

@Suite(.timeLimit(.minutes(2))) struct CurlTests {
  private func curl(
    _ server: TestServer, _ scratch: ScratchDirectory, _ path: String, _ options: String...
  ) async throws -> (status: Int32, text: String) {
    let trust = try scratch.write(TestIdentity.shared.authority.pem, "trust.pem")
    return try await scratch.command(
      ["curl", "-sS", "--noproxy", "*", "--cacert", trust, "--resolve", "localhost:\(server.port):127.0.0.1"]
        + options + ["https://localhost:\(server.port)\(path)"])
  }

  @Test func aHundredRequestsShareOneConnection() async throws {
    let scratch = try ScratchDirectory()
    let answer = try await TestServer.run(.http) {
      try await curl(
        $0, scratch, "/bytes/3?[1-100]", "-o", "/dev/null", "-w", "%{http_code} %{num_connects}\n")
    }
    #expect(answer.status == 0)
    #expect(answer.text == "200 1\n" + String(repeating: "200 0\n", count: 99))
  }

  @Test func tenMegabytesArriveInBothDirections() async throws {
    let scratch = try ScratchDirectory()
    let content = TestPattern.bytes(10_000_000)
    let upload = try scratch.write(content, "upload")
    let download = "\(scratch.path)/download"
    let echoed = "\(scratch.path)/echoed"
    try await TestServer.run(.http) { server in
      let down = try await curl(server, scratch, "/bytes/10000000", "-o", download)
      #expect(down.status == 0, "\(down.text)")
      let both = try await curl(server, scratch, "/", "--data-binary", "@\(upload)", "-o", echoed)
      #expect(both.status == 0, "\(both.text)")
    }
    #expect(try Digest.sha256(readFile(download)) == Digest.sha256(content))
    #expect(try Digest.sha256(readFile(echoed)) == Digest.sha256(content))
  }

  @Test(arguments: ["1.2", "1.3"]) func slowReadersGetAll(_ version: String) async throws {
    let scratch = try ScratchDirectory()
    let download = "\(scratch.path)/download"
    let answer = try await TestServer.run(.http) {
      try await curl(
        $0, scratch, "/bytes/3000000", "-o", download, "--limit-rate", "2M", "--tls-max", version, "-H",
        "Connection: close")
    }
    #expect(answer.status == 0, "\(answer.text)")
    #expect(try readFile(download) == TestPattern.bytes(3_000_000))
  }
}
