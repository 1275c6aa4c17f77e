// What the dialling side accepts from a server, frame by frame (RFC 6455).

import NIOCore
import NIOWebSocket
import Testing

@testable import Sandbox

@Suite struct PBXWebSocketTests {
  private func frame(_ opcode: WebSocketOpcode, _ bytes: [UInt8], fin: Bool = true) -> WebSocketFrame {
    WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(bytes: bytes))
  }

  @Test func joinsFragmentsEvenInsideACharacter() throws {
    var assembly = WebSocketAssembly(maxMessage: 100)
    let bytes = Array("Jürgen".utf8)
    #expect(try assembly.take(frame(.text, Array(bytes[..<2]), fin: false)) == .nothing)
    #expect(try assembly.take(frame(.ping, [1])) == .pong(ByteBuffer(bytes: [1])))
    #expect(try assembly.take(frame(.continuation, Array(bytes[2...]))) == .text("Jürgen"))
    #expect(try assembly.take(frame(.text, [])) == .text(""))
  }

  @Test func whoIsDialledDemandsMasks() throws {
    var assembly = WebSocketAssembly(maxMessage: 100, peerMasks: true)
    var data = ByteBuffer(string: "hello")
    let key: WebSocketMaskingKey = [1, 2, 3, 4]
    data.webSocketMask(key)
    let masked = WebSocketFrame(fin: true, opcode: .text, maskKey: key, data: data)
    #expect(try assembly.take(masked) == .text("hello"))
    #expect(throws: WebSocketAssembly.Violation.self) { try assembly.take(frame(.text, [])) }
  }

  @Test func refusesWhatTheProtocolForbids() {
    func reason(_ frames: WebSocketFrame...) -> String? {
      var assembly = WebSocketAssembly(maxMessage: 10)
      do throws(WebSocketAssembly.Violation) {
        for frame in frames { _ = try assembly.take(frame) }
        return nil
      } catch { return error.reason }
    }
    #expect(reason(frame(.continuation, [])) == "continuation of nothing")
    #expect(
      reason(frame(.text, [], fin: false), frame(.text, [])) == "new message inside a fragmented one")
    #expect(reason(frame(.binary, [])) == "binary message")
    #expect(reason(frame(.text, [0xC3])) == "text that is not UTF-8")
    #expect(reason(frame(.text, Array(repeating: 32, count: 11))) == "message of more than 10 bytes")
    #expect(
      reason(
        frame(.text, Array(repeating: 32, count: 6), fin: false),
        frame(.continuation, Array(repeating: 32, count: 6)))
        == "message of more than 10 bytes")
    #expect(
      reason(WebSocketFrame(fin: true, opcode: .text, maskKey: [1, 2, 3, 4], data: ByteBuffer()))
        == "masked frame from the server")
    #expect(
      reason(WebSocketFrame(fin: true, rsv1: true, opcode: .text, data: ByteBuffer()))
        == "reserved bit without an extension")
  }

  @Test func splitsEveryNthLargeMessageAndAllThatAreTooLarge() {
    var fragmentation = WebSocketFragmentation(threshold: 10, every: 2, piece: 4)
    #expect(fragmentation.sizes(10, maxFrame: 100) == [10])
    #expect(fragmentation.sizes(11, maxFrame: 100) == [11])
    #expect(fragmentation.sizes(11, maxFrame: 100) == [4, 4, 3])
    #expect(fragmentation.sizes(250, maxFrame: 100) == [100, 100, 50])
    #expect(fragmentation.sizes(0, maxFrame: 100) == [0])
  }

  @Test(arguments: [
    ("https://gw.example.com/a/b?c=d", "wss://gw.example.com/a/b?c=d"),
    ("ws://[::1]:8080/a", "ws://[::1]:8080/a"),
    ("HTTP://10.0.0.1", "ws://10.0.0.1/"), ("wss://h:443/x", "wss://h/x"),
  ])
  func readsURLs(_ url: String, _ expected: String) {
    #expect(WebSocketClientEndpoint(url)?.description == expected)
  }

  @Test(arguments: [
    "", "gw.example.com/a", "ftp://x/a", "http://u:p@x/a", "http://x:0/a", "http://x:y/a", "http:///a",
  ])
  func refusesOtherURLs(_ url: String) {
    #expect(WebSocketClientEndpoint(url) == nil)
  }
}
