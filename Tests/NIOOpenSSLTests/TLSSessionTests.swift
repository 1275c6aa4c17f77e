// Two sessions wired to each other in memory: what needs no socket to be shown.

import COpenSSL
import NIOCore
import Testing

@testable import NIOOpenSSL

struct TLSSessionTests {
  let server: TLSSession
  let client: TLSSession

  init() throws {
    server = try TestIdentity.shared.serverContext().makeSession()
    client = try TestIdentity.shared.clientContext().makeSession(serverName: "localhost")
  }

  /// Carries what `from` has to say to `to`; answers how many bytes that was.
  @discardableResult private func carry(_ from: TLSSession, _ to: TLSSession) -> Int {
    guard var output = from.takeOutput(ByteBufferAllocator()) else { return 0 }
    let count = output.readableBytes
    while output.readableBytes > 0 { to.feed(output.readSlice(length: min(16_384, output.readableBytes))!) }
    return count
  }

  private func shakeHands() {
    for _ in 0..<4 {
      _ = client.handshake()
      carry(client, server)
      _ = server.handshake()
      carry(server, client)
    }
    var nothing = ByteBuffer()
    _ = client.decrypt(into: &nothing)
    _ = server.decrypt(into: &nothing)
    #expect(nothing.readableBytes == 0)
  }

  private func received(_ session: TLSSession) -> String {
    var plaintext = ByteBuffer()
    return switch session.decrypt(into: &plaintext) {
    case .done: "done"
    case .wantsInput: String(buffer: plaintext)
    case .peerClosed: "\(String(buffer: plaintext)) and closed"
    case .failed(let reasons): "\(reasons)"
    }
  }

  @Test func keysMayBeUpdated() {
    shakeHands()
    #expect(client.updateKeys())
    #expect(client.encrypt(ByteBuffer(string: "new key")) == nil)
    carry(client, server)
    #expect(received(server) == "new key")
    #expect(server.encrypt(ByteBuffer(string: "mine too")) == nil)
    carry(server, client)
    #expect(received(client) == "mine too")
  }

  @Test func dataAndCloseNotifyMayShareAPacket() {
    shakeHands()
    #expect(client.encrypt(ByteBuffer(string: "last words")) == nil)
    client.shutdown()
    carry(client, server)
    #expect(received(server) == "last words and closed")
    #expect(server.encrypt(ByteBuffer(string: "heard")) == nil)
    carry(server, client)
    #expect(received(client) == "heard")
  }

  @Test func aRecordCostsFewBytes() {
    shakeHands()
    #expect(client.encrypt(ByteBuffer(repeating: 1, count: 16_384)) == nil)
    #expect(carry(client, server) < 16_384 + 64)
  }

  @Test func nothingIsSentWhenThereIsNothingToSay() {
    shakeHands()
    #expect(server.takeOutput(ByteBufferAllocator()) == nil)
  }
}

extension TLSSession {
  /// Changes our sending key and asks the peer to change its own (RFC 8446 §4.6.3).
  fileprivate func updateKeys() -> Bool { SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 }
}
