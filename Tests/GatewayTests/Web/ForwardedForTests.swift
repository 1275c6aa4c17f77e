// Whom a reverse proxy speaks for: what it says counts, what clients invent does not.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct ForwardedForTests {
  private func client(_ peer: String, _ headers: String..., trusted: String...) throws -> String {
    let networks = try trusted.map { try #require(IPNetwork($0)) }
    return ForwardedFor(trusted: networks).client(behind: peer, headers)
  }

  @Test func onlyATrustedProxyIsBelieved() throws {
    #expect(try client("10.0.0.1", "192.0.2.7") == "10.0.0.1")
    #expect(try client("10.0.0.2", "192.0.2.7", trusted: "10.0.0.1") == "10.0.0.2")
    #expect(try client("10.0.0.1", "192.0.2.7", trusted: "10.0.0.1") == "192.0.2.7")
    #expect(try client("::ffff:10.0.0.1", "192.0.2.7", trusted: "10.0.0.0/24") == "192.0.2.7")
    #expect(try client("fd00::1", "192.0.2.7", trusted: "10.0.0.1", "fd00::/8") == "192.0.2.7")
    #expect(try client("", "192.0.2.7", trusted: "10.0.0.1") == "")
  }

  @Test(arguments: [
    ("192.0.2.7:40000", "192.0.2.7"), ("2001:DB8::7", "2001:db8::7"), ("[2001:db8::7]:40000", "2001:db8::7"),
    ("[2001:db8::7]", "2001:db8::7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("  192.0.2.7\t", "192.0.2.7"),
    ("203.0.113.9,192.0.2.7", "192.0.2.7"), ("203.0.113.9 ,  192.0.2.7", "192.0.2.7"),
  ]) func theAddressIsReadInEachForm(_ header: String, _ expected: String) throws {
    #expect(try client("127.0.0.1", header, trusted: "127.0.0.1") == expected)
  }

  @Test func whatTheClientHasInventedDoesNotCount() throws {
    for invented in [
      "203.0.113.9", "127.0.0.1", "10.0.0.1", "unknown", "a, b, c", ",,,", "203.0.113.9, 10.0.0.1",
    ] {
      let header = "\(invented), 192.0.2.7"
      #expect(try client("10.0.0.1", header, trusted: "10.0.0.1") == "192.0.2.7", "\(invented)")
      #expect(try client("10.0.0.1", invented, "192.0.2.7", trusted: "10.0.0.1") == "192.0.2.7")
    }
  }

  @Test func proxiesBehindProxiesAreSkippedFromTheRight() throws {
    let chain = "203.0.113.9, 192.0.2.7, 10.0.0.3, 10.0.0.2"
    #expect(try client("10.0.0.1", chain, trusted: "10.0.0.0/24") == "192.0.2.7")
    #expect(try client("10.0.0.1", chain, trusted: "10.0.0.1", "10.0.0.2") == "10.0.0.3")
    #expect(try client("10.0.0.1", "10.0.0.3, 10.0.0.2", trusted: "10.0.0.0/24") == "10.0.0.3")
  }

  /// The last proxy that is known stands for everybody whom it does not tell.
  @Test func withoutAnAddressTheProxyIsTheClient() throws {
    #expect(try client("10.0.0.1", trusted: "10.0.0.0/24") == "10.0.0.1")
    for nothing in [
      "", ",", "unknown", "unix:", "192.0.2.7, _hidden", "192.0.2.7,", "192.0.2.7, 192.0.2.8 x",
    ] {
      #expect(try client("10.0.0.1", nothing, trusted: "10.0.0.0/24") == "10.0.0.1", "\(nothing)")
    }
    #expect(try client("10.0.0.1", "192.0.2.7, unknown, 10.0.0.2", trusted: "10.0.0.0/24") == "10.0.0.2")
  }

  @Test func bothListenersHaveTheOption() throws {
    let config = ConfigRig.gateway(
      "public: { trusted_proxies: [10.0.0.0/24] }, admin: { trusted_proxies: [127.0.0.1, '::1'] }"
    ).config
    #expect(WebServerOptions.public(config.publicListener).forwardedFor.trusts("10.0.0.9"))
    let admin = WebServerOptions.admin(config.admin).forwardedFor
    #expect(admin.trusts("127.0.0.1") && admin.trusts("::1") && !admin.trusts("10.0.0.9"))
    #expect(config.admin != ConfigRig.gateway("admin: { trusted_proxies: [127.0.0.1] }").config.admin)
    #expect(
      ConfigRig.gateway("public: { trusted_proxies: [127.0.0.1, proxy.example] }").errors.map(\.message) == [
        "must be an address or a network such as 127.0.0.1 or 10.0.0.0/24, is proxy.example"
      ])
  }

  @Test func aTrustedProxyHasNoShareOfTheConnections() throws {
    let forwardedFor = ForwardedFor(trusted: [try #require(IPNetwork("10.0.0.1"))])
    #expect(forwardedFor.peer(at: "10.0.0.1") == .local)
    #expect(forwardedFor.peer(at: "10.0.0.2") == PeerAddress("10.0.0.2"))
  }

  /// As docs/operation.md has it: nginx before the listener, a client at an address of its own.
  @Test(arguments: [true, false]) func nginxAsDocumentedTellsClientsApart(_ isTrusted: Bool) async throws {
    let who = WebRoute(
      "/who", .webSocket { peer in try? await peer.send(Array(peer.remoteAddress.utf8)) })
    let server = try await TestServer(more: [who], trusting: isTrusted ? ["127.0.0.1"] : [])
    let document = try String(contentsOfFile: "\(Self.repository)/docs/operation.md", encoding: .utf8)
    let example = document.split(separator: "```nginx\n")[1].prefix { $0 != "`" }
    let nginx = try await Nginx { port in
      example.replacing("listen 443 ssl;", with: "listen 127.0.0.1:\(port);")
        .replacing("127.0.0.1:8443", with: "127.0.0.1:\(server.port)")
        .split(separator: "\n").filter { !$0.contains("ssl_certificate") }.joined(separator: "\n")
    }
    if let nginx {
      let expected = isTrusted ? "127.0.0.2" : "127.0.0.1"
      let client = try await RawConnection.connect(nginx.proxyPort, from: "127.0.0.2")
      try await client.write(
        "GET /echo HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n")
      #expect(await client.rest().hasSuffix("GET  \(expected)\n"))
      let socket = try await RawWebSocket(
        try await RawConnection.connect(nginx.proxyPort, from: "127.0.0.2"), "/who")
      #expect(await socket.receive() == .text(expected))
      await socket.close()
      nginx.stop()
    }
    await server.stop()
  }
  private static let repository =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
}
