// WebSockets on the listener's port: the protocol's rules, its bounds, and how both ends come to an end.

import PluginAPI
import Testing

import func PluginTestKit.eventually

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct WebSocketServerTests {
  @Test func messagesGoBothWaysAndAreCounted() async throws {
    try await TestServer.with { server in
      let socket = try await RawWebSocket(server)
      for text in ["a", "", "ü€😀", String(repeating: "x", count: 16_384)] {
        try await socket.send(text)
        #expect(await socket.receive() == .text(text))
      }
      #expect(
        server.metric(#"websocket_messages_total{direction="received",listener="public",route="/ws"}"#) == 4)
      #expect(
        server.metric(#"websocket_messages_total{direction="sent",listener="public",route="/ws"}"#) == 4)
      #expect(server.metric(#"http_requests_total{listener="public",route="/ws",status="1xx"}"#) == 1)
      await socket.close()
    }
  }

  @Test func framesSentTogetherWithTheRequestAreNotLost() async throws {
    try await TestServer.with { server in
      let ahead = (0..<100).flatMap { RawWebSocket.encode(.text("\($0)")) }
      let socket = try await RawWebSocket(server, ahead: ahead)
      for number in 0..<100 { #expect(await socket.receive() == .text("\(number)")) }
      await socket.close()
    }
  }

  @Test func anUpgradeWorksOnAUsedConnection() async throws {
    try await TestServer.with { server in
      let connection = try await server.connect()
      try await connection.write("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n" + RawWebSocket.request("/ws"))
      #expect(await connection.message().firstLine == "HTTP/1.1 200 OK")
      #expect(await connection.head().firstLine == "HTTP/1.1 101 Switching Protocols")
      await connection.close()
    }
  }

  @Test func fragmentsAreJoinedWithPingsBetween() async throws {
    try await TestServer.with { server in
      let socket = try await RawWebSocket(server)
      try await socket.send(.init(fin: false, opcode: 1, payload: [0xE2, 0x82]))
      try await socket.send(.init(opcode: 9, payload: [1, 2, 3]))
      try await socket.send(.init(fin: false, opcode: 0, payload: []))
      try await socket.send(.init(opcode: 0, payload: [0xAC]))
      #expect(await socket.receive() == .init(opcode: 10, payload: [1, 2, 3]))
      #expect(await socket.receive() == .text("€"))
      await socket.close()
    }
  }

  @Test func longMessagesLeaveInFragmentsOf16KB() async throws {
    try await TestServer.with { server in
      let socket = try await RawWebSocket(server)
      let text = String(repeating: "x", count: 65_536)
      try await socket.send(text)
      let frames = [
        await socket.receive(), await socket.receive(), await socket.receive(), await socket.receive(),
      ]
      #expect(frames.map { $0?.payload.count } == [16_384, 16_384, 16_384, 16_384])
      #expect(frames.map { $0?.opcode } == [1, 0, 0, 0])
      #expect(frames.map { $0?.fin } == [false, false, false, true])
      await socket.close()
    }
  }

  struct Violation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let code: UInt16
    init(_ description: String, _ frames: [[UInt8]], _ code: UInt16) {
      testDescription = description
      bytes = frames.flatMap { $0 }
      self.code = code
    }
  }

  @Test(
    arguments: [
      .init(
        "too large", [RawWebSocket.encode(.init(opcode: 1, payload: .init(repeating: 97, count: 65_537)))],
        1009),
      .init(
        "too large in fragments",
        [
          RawWebSocket.encode(.init(fin: false, opcode: 1, payload: .init(repeating: 97, count: 60_000))),
          RawWebSocket.encode(.init(opcode: 0, payload: .init(repeating: 97, count: 6_000))),
        ], 1009),
      .init("binary", [RawWebSocket.encode(.init(opcode: 2, payload: [1]))], 1003),
      .init("no UTF-8", [RawWebSocket.encode(.init(opcode: 1, payload: [0xC3, 0x28]))], 1007),
      .init("not masked", [RawWebSocket.encode(.text("a"), masked: false)], 1002),
      .init("reserved bit", [RawWebSocket.encode(.text("a"), rsv: 0x40)], 1002),
      .init("reserved opcode", [RawWebSocket.encode(.init(opcode: 3, payload: []))], 1002),
      .init("continues nothing", [RawWebSocket.encode(.init(opcode: 0, payload: [97]))], 1002),
      .init(
        "text within a message",
        [RawWebSocket.encode(.init(fin: false, opcode: 1, payload: [97])), RawWebSocket.encode(.text("b"))],
        1002),
      .init("fragmented ping", [RawWebSocket.encode(.init(fin: false, opcode: 9, payload: []))], 1002),
      .init(
        "long ping", [RawWebSocket.encode(.init(opcode: 9, payload: .init(repeating: 0, count: 126)))], 1002),
      .init("close with half a code", [RawWebSocket.encode(.init(opcode: 8, payload: [3]))], 1002),
      .init("close with a forbidden code", [RawWebSocket.encode(.close(1006))], 1002),
    ] as [Violation])
  func brokenRulesEndTheConnectionWithTheRightCode(_ violation: Violation) async throws {
    try await TestServer.with { server in
      let socket = try await RawWebSocket(server)
      try await socket.connection.write(violation.bytes)
      #expect(await socket.receive() == .close(violation.code))
      #expect(await socket.receive() == nil)
      await socket.close()
    }
  }

  @Test func thePeersCloseIsAnsweredAndEndsTheHandler() async throws {
    let (got, ended) = (Locked<[[UInt8]?]>([]), Signal())
    let route = WebRoute(
      "/once",
      .webSocket { peer in
        for _ in 0..<3 {
          let message = try? await peer.receive()
          got.withLock { $0.append(message) }
        }
        await #expect(throws: WebSocketClosed.self) { try await peer.send([97]) }
        ended.fire()
      })
    try await TestServer.with(more: [route]) { server in
      let socket = try await RawWebSocket(server, "/once")
      try await socket.send("last words")
      try await socket.send(.close(3001))
      #expect(await socket.receive() == .close(3001))
      #expect(await socket.receive() == nil)
      await ended.wait()
      #expect(got.withLock { $0 } == [Array("last words".utf8), nil, nil])
    }
  }

  @Test func aHandlerThatReturnsClosesAfterWhatItSent() async throws {
    let route = WebRoute(
      "/once", .webSocket { peer in for n in 0..<3 { try? await peer.send(Array("\(n)".utf8)) } })
    try await TestServer.with(more: [route]) { server in
      let socket = try await RawWebSocket(server, "/once")
      for n in 0..<3 { #expect(await socket.receive() == .text("\(n)")) }
      #expect(await socket.receive() == .close(1000))
      try await socket.send(.close(1000))
      #expect(await socket.receive() == nil)
      #expect(await eventually { server.metric(#"http_connections{listener="public"}"#) == 0 })
    }
  }

  @Test func aPeerThatIgnoresTheCloseIsClosedAllTheSame() async throws {
    try await TestServer.with(
      .changed { $0.closeTime = .milliseconds(100) }, more: [WebRoute("/once", .webSocket { _ in })]
    ) {
      server in
      let socket = try await RawWebSocket(server, "/once")
      #expect(await socket.receive() == .close(1000))
      #expect(await socket.receive() == nil)
    }
  }

  @Test func aVanishedPeerEndsTheHandler() async throws {
    let ended = Signal()
    let route = WebRoute(
      "/once",
      .webSocket { peer in
        while (try? await peer.receive()) != nil {}
        ended.fire()
      })
    try await TestServer.with(more: [route]) { server in
      let socket = try await RawWebSocket(server, "/once")
      await socket.connection.reset()
      await ended.wait()
    }
  }

  @Test func aSilentPeerIsPingedTwiceAndThenGivenUp() async throws {
    try await TestServer.with(.changed { $0.pingInterval = .milliseconds(50) }) { server in
      let socket = try await RawWebSocket(server)
      #expect(await socket.receive() == .init(opcode: 9, payload: []))
      #expect(await socket.receive() == .init(opcode: 9, payload: []))
      #expect(await socket.receive() == nil)
      #expect(server.rejected("websocket_dead") == 1)
    }
  }

  /// Once the bytes that wait are the bound, once the messages.
  @Test(arguments: [(64, 50_000, 200), (2, 1000, 10_000)])
  func aSlowPluginStopsTheReadingAndLosesNothing(waiting: Int, size: Int, count: Int) async throws {
    let (go, received) = (Signal(), Locked(0))
    let route = WebRoute(
      "/slow",
      .webSocket { peer in
        await go.wait()
        while let message = try? await peer.receive(), message != Array("end".utf8) {
          received.withLock { $0 += 1 }
        }
        try? await peer.send(Array("done".utf8))
      })
    let limits = WebLimits.changed {
      $0.maxWaitingMessages = waiting
      $0.pingInterval = .seconds(3600)
    }
    try await TestServer.with(limits, more: [route]) { server in
      let socket = try await RawWebSocket(server, "/slow")
      let message = RawWebSocket.encode(.init(opcode: 1, payload: .init(repeating: 97, count: size)))
      let writer = Task {
        // In one piece: far more than both kernels hold, so that it stays visible whether it is being read.
        try await socket.connection.write([[UInt8]](repeating: message, count: count).flatMap { $0 })
        try await socket.send("end")
      }
      #expect(await eventually { !socket.connection.channel.isWritable })
      #expect(received.withLock { $0 } == 0)
      go.fire()
      try await writer.value
      #expect(await socket.receive() == .text("done"))
      #expect(received.withLock { $0 } == count)
      await socket.close()
    }
  }

  @Test func sendWaitsForASlowPeerWhichIsClosedInTheEnd() async throws {
    let (sent, failed) = (Locked(0), Signal())
    let route = WebRoute(
      "/fast",
      .webSocket { peer in
        let message = [UInt8](repeating: 97, count: 60_000)
        do {
          while true {
            try await peer.send(message)
            sent.withLock { $0 += 1 }
          }
        } catch { failed.fire() }
      })
    try await TestServer.with(.changed { $0.writeTime = .milliseconds(300) }, more: [route]) { server in
      let socket = try await RawWebSocket(server, "/fast")
      await socket.connection.stopReading()
      await failed.wait()
      // What the kernel holds for both sides, and little more.
      #expect(sent.withLock { $0 } < 500)
      #expect(server.rejected("slow_reader") == 1)
      await socket.close()
    }
  }

  @Test func sendersInTurnLoseNothing() async throws {
    let route = WebRoute(
      "/many",
      .webSocket { peer in
        await withTaskGroup(of: Void.self) { group in
          for task in 0..<8 {
            group.addTask {
              for number in 0..<200 { try? await peer.send(Array("\(task) \(number)".utf8)) }
            }
          }
        }
      })
    try await TestServer.with(.changed { $0.maxUnsentBytes = 20 }, more: [route]) { server in
      let socket = try await RawWebSocket(server, "/many")
      var next = [Int](repeating: 0, count: 8)
      while let frame = await socket.receive(), frame.opcode == 1 {
        let words = String(decoding: frame.payload, as: UTF8.self).split(separator: " ").map { Int($0)! }
        #expect(next[words[0]] == words[1])
        next[words[0]] += 1
      }
      #expect(next == .init(repeating: 200, count: 8))
      await socket.close()
    }
  }

  @Test func cancellingAReceiveLeavesTheConnection() async throws {
    let route = WebRoute(
      "/cancel",
      .webSocket { peer in
        let task = Task { try await peer.receive() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try? await peer.send(Array("now".utf8))
        if let message = try? await peer.receive() { try? await peer.send(message) }
      })
    try await TestServer.with(more: [route]) { server in
      let socket = try await RawWebSocket(server, "/cancel")
      #expect(await socket.receive() == .text("now"))
      try await socket.send("still here")
      #expect(await socket.receive() == .text("still here"))
      await socket.close()
    }
  }

  @Test func aWrongHandshakeIsRefused() async throws {
    try await TestServer.with { server in
      let good = RawWebSocket.request("/ws")
      for bad in [
        good.replacing("Version: 13", with: "Version: 8"),
        good.replacing("dGhlIHNhbXBsZSBub25jZQ==", with: "short"),
        good.replacing("keep-alive, Upgrade", with: "keep-alive"),
      ] {
        let answer = try await server.exchange(bad)
        #expect(answer.firstLine == "HTTP/1.1 426 Upgrade Required")
        #expect(answer.header("sec-websocket-version") == "13")
      }
    }
  }

  @Test func stopSaysGoodbye() async throws {
    let server = try await TestServer()
    let socket = try await RawWebSocket(server)
    let stopped = Task { await server.server.stop(grace: .seconds(30)) }
    #expect(await socket.receive() == .close(1001))
    try await socket.send(.close(1001))
    #expect(await socket.receive() == nil)
    await stopped.value
  }
}
