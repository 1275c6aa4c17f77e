// The dialling side of WebSockets: against a server of another make, against our own, and against ones that misbehave.

import Clients
import FoundationEssentials
import OpenSSLCrypto
import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct WebSocketClientTests {
  private func failure(
    _ url: String, trust: String? = nil, _ client: WebSocketClient = WebSocketClient()
  ) async -> HTTPClientError? {
    do throws(HTTPClientError) {
      await (try await client.connect(to: url, trust: trust)).close()
      return nil
    } catch { return error }
  }
  private func text(_ socket: any WebSocketConnection) async throws -> String? {
    try await socket.receive().map { String(decoding: $0, as: UTF8.self) }
  }

  // MARK: A server of another make

  @Test func messagesUpTo64KiBGoBothWays() async throws {
    guard let peer = await PythonServer("websocket_server.py") else { return }
    let socket = try await WebSocketClient().connect(to: "ws://127.0.0.1:\(peer.port)/echo", trust: nil)
    for size in [0, 1, 125, 126, 16_384, 16_385, 65_535, 65_536] {
      let message = [UInt8](repeating: UInt8(ascii: "x"), count: size)
      try await socket.send(message)
      #expect(try await socket.receive() == message)
    }
    try await socket.send(Array("ü€😀".utf8))
    #expect(try await text(socket) == "ü€😀")
    #expect(socket.remoteAddress == "127.0.0.1")
    await socket.close()
    #expect(try await socket.receive() == nil)
    await peer.stop()
  }

  @Test func fragmentsPingsAndTheEndAreUnderstood() async throws {
    guard let peer = await PythonServer("websocket_server.py") else { return }
    let base = "ws://127.0.0.1:\(peer.port)"
    let fragments = try await WebSocketClient().connect(to: "\(base)/fragments", trust: nil)
    #expect(
      try await text(fragments)
        == "ü" + String(repeating: "€", count: 1000) + String(repeating: "x", count: 20_000))
    // 40,000 bytes leave in three frames.
    let long = String(repeating: "ß", count: 20_000)
    try await fragments.send(Array(long.utf8))
    #expect(try await text(fragments) == long)
    await fragments.close()

    let pinged = try await WebSocketClient().connect(to: "\(base)/ping", trust: nil)
    #expect(try await text(pinged) == "pong")
    #expect(try await pinged.receive() == nil)
    await pinged.close()

    let goodbye = try await WebSocketClient().connect(to: "\(base)/goodbye", trust: nil)
    try await goodbye.send(Array("go".utf8))
    #expect(try await goodbye.receive() == nil)
    await #expect(throws: WebSocketClosed.self) { try await goodbye.send([1]) }
    await goodbye.close()

    let binary = try await WebSocketClient().connect(to: "\(base)/binary", trust: nil)
    #expect(try await binary.receive() == nil)
    await binary.close()
    await peer.stop()
  }

  @Test func aRefusedUpgradeTellsTheStatus() async throws {
    guard let peer = await PythonServer("websocket_server.py") else { return }
    #expect(
      await failure("ws://127.0.0.1:\(peer.port)/refused")
        == .cannotConnect("answered 403 to the upgrade to WebSocket"))
    await peer.stop()
  }

  @Test func theRequestNamesTheHostAndOffersNothing() async throws {
    guard let peer = await PythonServer("websocket_server.py") else { return }
    let socket = try await WebSocketClient().connect(
      to: "ws://localhost:\(peer.port)/headers", trust: nil)
    let headers = try await text(socket)?.lowercased() ?? ""
    #expect(headers.contains("host: localhost:\(peer.port)\n"))
    #expect(!headers.contains("sec-websocket-extensions") && !headers.contains("sec-websocket-protocol"))
    await socket.close()
    await peer.stop()
  }

  @Test func certificatesAreChecked() async throws {
    let folder = try TestFolder.make("dial")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (authority, certificate, key) = try TestCertificates.make()
    let stranger = try TestCertificates.make().authority
    for (name, text) in [("ca", authority), ("cert", certificate), ("key", key), ("stranger", stranger)] {
      try TestFolder.write(text, "\(folder)/\(name).pem")
    }
    guard let peer = await PythonServer("websocket_server.py", ["\(folder)/cert.pem", "\(folder)/key.pem"])
    else {
      return
    }
    for host in ["localhost", "127.0.0.1"] {
      let url = "wss://\(host):\(peer.port)/echo"
      let socket = try await WebSocketClient().connect(to: url, trust: "\(folder)/ca.pem")
      let long = [UInt8](repeating: UInt8(ascii: "y"), count: 65_536)
      try await socket.send(long)
      #expect(try await socket.receive() == long)
      await socket.close()
      for trust in [nil, "\(folder)/stranger.pem"] {
        guard case .tls(let reason) = await failure(url, trust: trust) else {
          Issue.record("a certificate of a stranger was accepted")
          continue
        }
        #expect(reason.contains("certificate verify failed"))
      }
    }
    await peer.stop()

    // The right authority, and a name that the certificate does not carry.
    let other = try TestCertificates.make(hosts: ["pbx.example"])
    for (name, text) in [("ca", other.authority), ("cert", other.certificate), ("key", other.key)] {
      try TestFolder.write(text, "\(folder)/\(name).pem")
    }
    guard let wrong = await PythonServer("websocket_server.py", ["\(folder)/cert.pem", "\(folder)/key.pem"])
    else {
      return
    }
    guard case .tls = await failure("wss://localhost:\(wrong.port)/echo", trust: "\(folder)/ca.pem") else {
      Issue.record("a certificate of another host was accepted")
      return
    }
    await wrong.stop()
  }

  @Test func aTrustFileThatCannotBeReadIsNamed() async {
    let error = await failure("wss://127.0.0.1:1/", trust: "/nowhere/ca.pem")
    guard case .tls(let reason)? = error else {
      Issue.record("dialled all the same")
      return
    }
    #expect(reason.hasPrefix("/nowhere/ca.pem: "))
  }

  // MARK: Our own server

  @Test func bothOurEndsFitTogether() async throws {
    let server = try await TestServer()
    let socket = try await WebSocketClient().connect(to: "ws://127.0.0.1:\(server.port)/ws", trust: nil)
    for number in 0..<500 { try await socket.send(Array("\(number)".utf8)) }
    for number in 0..<500 { #expect(try await text(socket) == "\(number)") }
    await socket.close()
    await server.stop()
  }

  // MARK: Peers that misbehave

  private static let accept =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "

  /// A server that upgrades, with these bytes right behind the answer, and then does what the test says.
  private func server(
    _ behind: [UInt8] = [],
    then: @escaping @Sendable (RawConnection) async throws -> Void = { _ = await $0.rest() }
  ) async throws -> RawServer {
    try await RawServer { connection, _ in
      let key = await connection.head().header("sec-websocket-key") ?? ""
      try await connection.write(
        Array("\(Self.accept)\(WebSocketAccept.value(for: key))\r\n\r\n".utf8) + behind)
      try await then(connection)
    }
  }

  @Test func framesBehindTheAnswerAreNotLost() async throws {
    let ahead = (0..<100).flatMap { RawWebSocket.encode(.text("\($0)"), masked: false) }
    let server = try await server(ahead) { _ = await $0.bytes(8) }
    let socket = try await WebSocketClient().connect(to: "ws://127.0.0.1:\(server.port)/", trust: nil)
    for number in 0..<100 { #expect(try await text(socket) == "\(number)") }
    await socket.close()
    await server.stop()
  }

  /// What a server sends, and the code that it is closed with.
  static let brokenRules: [(bytes: [UInt8], code: UInt16)] = [
    (RawWebSocket.encode(.text("a"), masked: true), 1002),
    (RawWebSocket.encode(.text("a"), masked: false, rsv: 0x40), 1002),
    (RawWebSocket.encode(.init(opcode: 0, payload: [1]), masked: false), 1002),
    (RawWebSocket.encode(.init(opcode: 2, payload: [1]), masked: false), 1003),
    (RawWebSocket.encode(.init(opcode: 1, payload: [0xFF]), masked: false), 1007),
    (
      RawWebSocket.encode(.init(opcode: 1, payload: .init(repeating: 65, count: 65_537)), masked: false), 1009
    ),
  ]

  @Test(arguments: brokenRules.indices) func aBrokenRuleEndsTheConnection(rule: Int) async throws {
    let (bytes, code) = Self.brokenRules[rule]
    let seen = Locked<[UInt8]>([])
    let server = try await server(bytes) { connection in
      // Two bytes of header, four of mask, two of code.
      let frame = await connection.bytes(8)
      seen.withLock { $0 = frame }
    }
    let socket = try await WebSocketClient().connect(to: "ws://127.0.0.1:\(server.port)/", trust: nil)
    #expect(try await socket.receive() == nil)
    await socket.close()
    await server.stop()
    let frame = seen.withLock { $0 }
    try #require(frame.count == 8)
    #expect(frame[0] == 0x88 && frame[1] == 0x82, "a masked close frame")
    #expect(UInt16(frame[6] ^ frame[2]) << 8 | UInt16(frame[7] ^ frame[3]) == code)
  }

  @Test func aWrongAnswerIsNoUpgrade() async throws {
    let answers = [
      "\(Self.accept)AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
      "SSH-2.0-x\r\n\r\n", "",
    ]
    for answer in answers {
      let server = try await RawServer { connection, _ in
        _ = await connection.head()
        try await connection.write(answer)
      }
      guard case .cannotConnect = await failure("ws://127.0.0.1:\(server.port)/") ?? .cancelled else {
        Issue.record("taken for an upgrade: \(answer)")
        continue
      }
      await server.stop()
    }
  }

  @Test func aPeerThatNeverAnswersRunsOutOfTime() async throws {
    let server = try await RawServer { connection, _ in _ = await connection.rest() }
    let client = WebSocketClient(timeLimit: .milliseconds(200))
    #expect(await failure("ws://127.0.0.1:\(server.port)/", client) == .timedOut)
    #expect(await failure("wss://127.0.0.1:\(server.port)/", client) == .timedOut)
    await server.stop()
  }

  @Test func cancellingEndsTheAttempt() async throws {
    let (asked, left) = (Signal(), Signal())
    let server = try await RawServer { connection, _ in
      _ = await connection.head()
      asked.fire()
      _ = await connection.rest()
      left.fire()
    }
    let port = server.port
    let task = Task { await failure("ws://127.0.0.1:\(port)/") }
    await asked.wait()
    task.cancel()
    #expect(await task.value == .cancelled)
    await left.wait()
    await server.stop()
  }

  @Test func aSilentPeerIsPingedAndGivenUp() async throws {
    let server = try await server()
    let client = WebSocketClient(limits: .changed { $0.pingInterval = .milliseconds(50) })
    let socket = try await client.connect(to: "ws://127.0.0.1:\(server.port)/", trust: nil)
    #expect(try await socket.receive() == nil)
    await socket.close()
    await server.stop()
  }

  @Test func nobodyThere() async {
    guard case .cannotConnect = await failure("ws://127.0.0.1:1/") ?? .cancelled else {
      Issue.record("connected to a closed port")
      return
    }
    for url in [
      "http://127.0.0.1/", "127.0.0.1", "ws://", "ws://a:0/", "ws://u:p@a/", "ws://a/ b", "ws://a/#b",
    ] {
      guard case .invalidRequest = await failure(url) ?? .cancelled else {
        Issue.record("dialled \(url)")
        continue
      }
    }
  }

  @Test func urlsAreTakenApart() throws {
    let url = try #require(WebSocketURL("WSS://[::1]:8443/PBX0/APPS/websocket?a=b"))
    #expect(url.isSecure && url.host == "::1" && url.port == 8443 && url.authority == "[::1]:8443")
    #expect(url.target == "/PBX0/APPS/websocket?a=b")
    #expect(WebSocketURL("ws://pbx")?.target == "/")
    #expect(WebSocketURL("wss://pbx?x")?.target == "/?x")
    #expect(WebSocketURL("wss://pbx/")?.authority == "pbx")
    #expect(WebSocketURL("ws://pbx/")?.port == 80)
  }
}

/// RFC 6455 §4.2.2, so that the server of these tests is not the code under test.
enum WebSocketAccept {
  static func value(for key: String) -> String {
    Data(Digest.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))).base64EncodedString()
  }
}
