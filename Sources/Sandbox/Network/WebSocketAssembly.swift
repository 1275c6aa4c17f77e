// The rules of RFC 6455 for what the peer may send, as a value: frames in, messages and duties out.

import NIOCore
import NIOWebSocket

struct WebSocketAssembly {
  /// What a frame amounts to.
  enum Outcome: Equatable {
    case nothing
    case text(String)
    case pong(ByteBuffer)
    case close(ByteBuffer)
  }

  /// Why the connection must end.
  struct Violation: Error, Equatable {
    let code: WebSocketErrorCode
    let reason: String
  }

  let maxMessage: Int
  /// Clients mask what they send, servers must not.
  let peerMasks: Bool
  private var parts: ByteBuffer?

  init(maxMessage: Int, peerMasks: Bool = false) {
    self.maxMessage = maxMessage
    self.peerMasks = peerMasks
  }

  mutating func take(_ masked: WebSocketFrame) throws(Violation) -> Outcome {
    guard (masked.maskKey != nil) == peerMasks else {
      throw Violation(
        code: .protocolError,
        reason: peerMasks ? "unmasked frame from the client" : "masked frame from the server")
    }
    var frame = masked
    frame.data = masked.unmaskedData
    guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
      throw Violation(code: .protocolError, reason: "reserved bit without an extension")
    }
    switch frame.opcode {
    case .ping: return .pong(frame.data)
    case .pong: return .nothing
    case .connectionClose: return .close(frame.data)
    case .text:
      guard parts == nil else {
        throw Violation(code: .protocolError, reason: "new message inside a fragmented one")
      }
      return try add(frame)
    case .continuation:
      guard parts != nil else { throw Violation(code: .protocolError, reason: "continuation of nothing") }
      return try add(frame)
    case .binary: throw Violation(code: .unacceptableData, reason: "binary message")
    default: throw Violation(code: .protocolError, reason: "unknown opcode")
    }
  }

  private mutating func add(_ frame: WebSocketFrame) throws(Violation) -> Outcome {
    guard (parts?.readableBytes ?? 0) + frame.data.readableBytes <= maxMessage else {
      throw Violation(code: .messageTooLarge, reason: "message of more than \(maxMessage) bytes")
    }
    var whole = parts ?? ByteBuffer()
    parts = nil
    whole.writeImmutableBuffer(frame.data)
    guard frame.fin else {
      parts = whole
      return .nothing
    }
    guard let text = String(validating: whole.readableBytesView, as: UTF8.self) else {
      throw Violation(code: .dataInconsistentWithMessage, reason: "text that is not UTF-8")
    }
    return .text(text)
  }
}

/// When the client's own messages go out in several frames: always above what a frame may hold, and now and
/// then below, because readers that only know whole messages should be found out early.
public struct WebSocketFragmentation: Sendable, Hashable {
  /// Messages above this many bytes are candidates.
  public var threshold: Int
  /// Every so many candidates one is split; 0: none.
  public var every: Int
  /// Bytes of one fragment.
  public var piece: Int
  private var candidates = 0

  public init(threshold: Int = 400, every: Int = 5, piece: Int = 151) {
    self.threshold = threshold
    self.every = every
    self.piece = max(1, piece)
  }

  /// The frame sizes for the next message of `count` bytes, at most `maxFrame` each.
  mutating func sizes(_ count: Int, maxFrame: Int) -> [Int] {
    var size = maxFrame
    if count > threshold, every > 0 {
      candidates &+= 1
      if candidates % every == 0 { size = min(piece, maxFrame) }
    }
    guard count > size else { return [count] }
    return stride(from: 0, to: count, by: size).map { min(size, count - $0) }
  }
}
