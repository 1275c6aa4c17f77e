// A WebSocket client that can break every rule of RFC 6455.

@testable import Gateway

struct RawWebSocket {
  struct Frame: Equatable {
    var fin = true
    var opcode: UInt8
    var payload: [UInt8]
    static func text(_ text: String) -> Frame { Frame(opcode: 1, payload: Array(text.utf8)) }
    static func close(_ code: UInt16) -> Frame {
      Frame(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 0xFF)])
    }
  }
  let connection: RawConnection

  static func request(_ path: String) -> String {
    "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
      + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
  }

  init(_ server: TestServer, _ path: String = "/ws", ahead: [UInt8] = []) async throws {
    try await self.init(try await server.connect(), path, ahead: ahead)
  }

  init(_ connection: RawConnection, _ path: String, ahead: [UInt8] = []) async throws {
    self.connection = connection
    try await connection.write(Array(Self.request(path).utf8) + ahead)
    let head = await connection.head()
    // The example of RFC 6455 §1.3.
    guard head.firstLine == "HTTP/1.1 101 Switching Protocols",
      head.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    else { throw TestFailure("no upgrade: \(head)") }
  }

  static func encode(_ frame: Frame, masked: Bool = true, rsv: UInt8 = 0) -> [UInt8] {
    let length = frame.payload.count
    var bytes: [UInt8] = [(frame.fin ? 0x80 : 0) | rsv | frame.opcode]
    let flag: UInt8 = masked ? 0x80 : 0
    if length < 126 {
      bytes.append(flag | UInt8(length))
    } else if length < 65536 {
      bytes += [flag | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
    } else {
      bytes.append(flag | 127)
      bytes += (0..<8).reversed().map { UInt8((length >> ($0 * 8)) & 0xFF) }
    }
    guard masked else { return bytes + frame.payload }
    let mask: [UInt8] = [0x11, 0x22, 0x33, 0x44]
    return bytes + mask + frame.payload.enumerated().map { $1 ^ mask[$0 & 3] }
  }

  func send(_ frame: Frame) async throws { try await connection.write(Self.encode(frame)) }
  func send(_ text: String) async throws { try await send(.text(text)) }

  /// The next frame; nil at the end.
  func receive() async -> Frame? {
    let bytes = await connection.take { bytes in
      guard bytes.count >= 2 else { return nil }
      switch bytes[1] {
      case 126: return bytes.count < 4 ? nil : 4 + Int(bytes[2]) << 8 + Int(bytes[3])
      case 127: return bytes.count < 10 ? nil : 10 + bytes[2..<10].reduce(0) { $0 << 8 + Int($1) }
      default: return 2 + Int(bytes[1])
      }
    }
    guard bytes.count >= 2 else { return nil }
    let header = bytes[1] == 126 ? 4 : bytes[1] == 127 ? 10 : 2
    return Frame(fin: bytes[0] & 0x80 != 0, opcode: bytes[0] & 0x0F, payload: Array(bytes.dropFirst(header)))
  }
  func close() async { await connection.close() }
}
