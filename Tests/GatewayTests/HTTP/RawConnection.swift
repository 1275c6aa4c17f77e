// TCP as bytes, for tests that must send what no library would, and see exactly what comes back.

import NIOCore
import NIOPosix

@testable import Gateway

#if canImport(Glibc)
  import Glibc
#endif

/// One connection, ours or accepted.
final class RawConnection: Sendable {
  private struct Inbox {
    var bytes: [UInt8] = []
    var hasEnded = false
    var waiter: CheckedContinuation<Void, Never>?
  }
  private final class Collector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let connection: RawConnection
    init(_ connection: RawConnection) { self.connection = connection }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      connection.arrived(Array(Self.unwrapInboundIn(data).readableBytesView), ended: false)
    }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed = event { connection.arrived([], ended: true) }
    }
    func channelInactive(context: ChannelHandlerContext) { connection.arrived([], ended: true) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
  let channel: any Channel
  private let inbox = Locked(Inbox())

  fileprivate init(_ channel: any Channel) throws {
    self.channel = channel
    try channel.pipeline.syncOperations.addHandler(Collector(self))
  }

  static func connect(_ port: Int, from address: String = "127.0.0.1") async throws -> RawConnection {
    let made = Locked<RawConnection?>(nil)
    _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(to: try SocketAddress(ipAddress: address, port: 0))
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let connection = try RawConnection(channel)
          made.withLock { $0 = connection }
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return made.withLock { $0 }!
  }

  private func arrived(_ bytes: [UInt8], ended: Bool) {
    let waiter = inbox.withLock { inbox in
      inbox.bytes += bytes
      inbox.hasEnded = inbox.hasEnded || ended
      defer { inbox.waiter = nil }
      return inbox.waiter
    }
    waiter?.resume()
  }

  func write(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }
  func write(_ text: String) async throws { try await write(Array(text.utf8)) }
  func close() async { try? await channel.close() }
  func endOutput() async { try? await channel.close(mode: .output) }
  func stopReading() async { try? await channel.setOption(.autoRead, value: false).get() }
  /// Closes so that the peer sees a reset.
  func reset() async {
    try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    await close()
  }

  /// Takes bytes once `size` says how many; what there is, when the peer has ended.
  func take(_ size: @Sendable ([UInt8]) -> Int?) async -> [UInt8] {
    while true {
      let taken = inbox.withLock { inbox -> [UInt8]? in
        if let count = size(inbox.bytes), count <= inbox.bytes.count {
          defer { inbox.bytes.removeFirst(count) }
          return Array(inbox.bytes.prefix(count))
        }
        guard inbox.hasEnded else { return nil }
        defer { inbox.bytes = [] }
        return inbox.bytes
      }
      if let taken { return taken }
      await withCheckedContinuation { continuation in
        let isReady = inbox.withLock { inbox in
          if let count = size(inbox.bytes), count <= inbox.bytes.count { return true }
          if inbox.hasEnded { return true }
          inbox.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }
  func bytes(_ count: Int) async -> [UInt8] { await take { _ in count } }
  func text(_ count: Int) async -> String { String(decoding: await bytes(count), as: UTF8.self) }
  /// Everything until the peer ends.
  func rest() async -> String { String(decoding: await take { _ in nil }, as: UTF8.self) }
  /// The next HTTP message with its body, whose length must be declared.
  func message() async -> String { String(decoding: await take(Self.messageLength), as: UTF8.self) }
  /// A response to HEAD, or an interim one.
  func head() async -> String {
    String(
      decoding: await take { bytes in bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound },
      as: UTF8.self)
  }

  private static func messageLength(_ bytes: [UInt8]) -> Int? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
    let head = String(decoding: bytes.prefix(end), as: UTF8.self).lowercased()
    let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }?.split(
      separator: ":"
    ).last
    return end + (length.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
  }
}

/// A server that does with each connection what the test says.
final class RawServer: Sendable {
  let port: Int
  private let channel: any Channel

  init(_ serve: @escaping @Sendable (RawConnection, _ number: Int) async throws -> Void) async throws {
    let count = Locked(0)
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let connection = try RawConnection(channel)
          let number = count.withLock { count in
            count += 1
            return count
          }
          Task {
            try? await serve(connection, number)
            await connection.close()
          }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress!.port!
  }

  func stop() async { try? await channel.close() }
}

/// Something that happens once, to wait for.
struct Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self) }
  func fire() { continuation.finish() }
  func wait() async { for await _ in stream {} }
}
