// The HTTP client against a server that we did not write.

import OpenSSLCrypto
import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct CurlClientNginxTests {
  private func withNginx(
    _ options: CurlOptions = .init(), _ body: (Nginx, CurlClient) async throws -> Void
  ) async throws {
    guard let nginx = try await Nginx() else { return }
    defer { nginx.stop() }
    let client = CurlClient(options)
    try await body(nginx, client)
    await client.shutdown()
  }

  @Test func requestsOneAfterTheOtherUseOneConnection() async throws {
    try await withNginx { nginx, client in
      var answers: Set<String> = []
      for _ in 0..<20 {
        let response = try await client.send(.init("GET", "\(nginx.plain)/connection"))
        #expect(response.status == 200)
        answers.insert(String(decoding: response.body, as: UTF8.self))
      }
      #expect(answers.count == 1)
      #expect(answers.first?.hasSuffix(" HTTP/1.1") == true)
    }
  }

  @Test func manyAtOnceShareTwoHTTP2Connections() async throws {
    try await withNginx { nginx, client in
      let request = HTTPRequest("GET", "\(nginx.tls)/connection", trustFile: nginx.trustFile)
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<300 {
          group.addTask { String(decoding: try await client.send(request).body, as: UTF8.self) }
        }
        return try await group.reduce(into: [String]()) { $0.append($1) }
      }
      #expect(answers.count == 300)
      #expect(Set(answers).count <= 2)
      #expect(answers.allSatisfy { $0.hasSuffix(" HTTP/2.0") })
    }
  }

  @Test func theBodyLimitCountsWhatIsKeptNotWhatIsSent() async throws {
    try await withNginx { nginx, client in
      var request = HTTPRequest("GET", "\(nginx.plain)/zeros", maxResponseBytes: 1 << 20)
      let whole = try await client.send(request)
      #expect(whole.body.count == 1 << 20)
      // Compressed it is about 1 KB: the limit must see through it.
      #expect(whole.header("content-encoding") == "gzip")
      request.maxResponseBytes -= 1
      await #expect(throws: HTTPClientError.responseTooLarge) { try await client.send(request) }
    }
  }

  @Test func redirectsAreTheCallersBusiness() async throws {
    try await withNginx { nginx, client in
      let response = try await client.send(.init("GET", "\(nginx.plain)/moved"))
      #expect(response.status == 302)
      #expect(response.header("Location") == "\(nginx.plain)/connection")
    }
  }

  @Test func onlyATrustedCertificateForThisNameIsAccepted() async throws {
    try await withNginx { nginx, client in
      let unknown = HTTPRequest("GET", "\(nginx.tls)/connection")
      await #expect(
        throws: HTTPClientError.tls("SSL certificate problem: unable to get local issuer certificate")
      ) { try await client.send(unknown) }

      // The connection that was trusted for one caller is not lent to one who does not trust it.
      var request = unknown
      request.trustFile = nginx.trustFile
      let trusted = try await client.send(request)
      #expect(trusted.status == 200)
      await #expect(throws: HTTPClientError.self) { try await client.send(unknown) }

      request.url = "https://127.0.0.2:\(nginx.tlsPort)/connection"
      await #expect(throws: HTTPClientError.self) { try await client.send(request) }
      request.url = unknown.url
      request.trustFile = "/nonexistent.pem"
      await #expect(throws: HTTPClientError.tls("error setting certificate file: /nonexistent.pem")) {
        try await client.send(request)
      }
    }
  }

  /// Names and authorities mean nothing then, the key alone does.
  @Test func aPinnedKeyIsTheOnlyOneThatIsAccepted() async throws {
    guard let nginx = try await Nginx() else { return }
    defer { nginx.stop() }
    let stranger = try TestCertificates.make().certificate
    for (pem, isRight) in [(nginx.certificate, true), (stranger, false)] {
      let key = try Certificate(pem: pem).publicKey.subjectPublicKeyInfo
      var options = CurlOptions()
      options.pinnedKey = "sha256//" + Base64.encode(Digest.sha256(key))
      let client = CurlClient(options)
      let request = HTTPRequest("GET", "https://127.0.0.1:\(nginx.tlsPort)/connection")
      if isRight {
        #expect(try await client.send(request).status == 200)
      } else {
        await #expect {
          try await client.send(request)
        } throws: {
          if case HTTPClientError.tls? = $0 as? HTTPClientError { true } else { false }
        }
      }
      await client.shutdown()
    }
  }

  @Test func aCancelledStreamLeavesItsConnectionToTheOthers() async throws {
    try await withNginx { nginx, client in
      let request = HTTPRequest("GET", "\(nginx.tls)/connection", trustFile: nginx.trustFile)
      let before = try await client.send(request)
      // A whole answer may be there before it is cancelled: then it is tried again.
      var isCancelled = false
      for _ in 0..<50 where !isCancelled {
        let large = Task {
          try await client.send(.init("GET", "\(nginx.tls)/zeros", trustFile: nginx.trustFile))
        }
        large.cancel()
        do { _ = try await large.value } catch { isCancelled = error as? HTTPClientError == .cancelled }
      }
      #expect(isCancelled)
      let after = try await client.send(request)
      #expect(after.body == before.body)
    }
  }

  @Test func httpsGoesThroughAProxyByConnect() async throws {
    guard let nginx = try await Nginx() else { return }
    defer { nginx.stop() }
    let asked = Locked<[String]>([])
    let proxy = try await RawServer { connection, _ in
      let head = await connection.head()
      asked.withLock { $0.append(String(head.prefix { $0 != "\r\n" })) }
      let upstream = try await RawConnection.connect(nginx.tlsPort)
      try await connection.write("HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
      try await RawTunnel.join(connection, upstream)
    }
    var options = CurlOptions()
    options.proxy = "http://user:secret@127.0.0.1:\(proxy.port)"
    let client = CurlClient(options)
    let response = try await client.send(.init("GET", "\(nginx.tls)/connection", trustFile: nginx.trustFile))
    #expect(response.status == 200)
    #expect(String(decoding: response.body, as: UTF8.self).hasSuffix(" HTTP/2.0"))
    // What the proxy says is not the server's answer.
    #expect(response.header("x-proxy") == nil)
    #expect(asked.withLock { $0 } == ["CONNECT 127.0.0.1:\(nginx.tlsPort) HTTP/1.1"])
    await client.shutdown()
    await proxy.stop()
  }
}

enum RawTunnel {
  /// Passes bytes both ways until one side ends.
  static func join(_ a: RawConnection, _ b: RawConnection) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (from, to) in [(a, b), (b, a)] {
        group.addTask {
          while case let bytes = await from.take({ $0.isEmpty ? nil : $0.count }), !bytes.isEmpty {
            try await to.write(bytes)
          }
          await to.close()
        }
      }
      try await group.waitForAll()
    }
  }
}
