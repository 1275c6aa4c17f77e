// The rules of RFC 6455 for what a peer sends: frames in, whole text messages or a reason to close out.

import NIOCore
import NIOWebSocket

struct WebSocketAssembler {
  enum Event {
    case nothing
    case message([UInt8])
    case ping(ByteBuffer)
    /// The code to answer with.
    case close(WebSocketErrorCode)
    /// Close with this code; `reason` is the word under which it is counted.
    case violation(WebSocketErrorCode, reason: String)
  }
  private let side: WebSocketSide
  private let maxBytes: Int
  /// The fragments of the message that is coming.
  private var partial: [UInt8]?

  /// `side` is ours.
  init(_ side: WebSocketSide, maxBytes: Int) {
    self.side = side
    self.maxBytes = maxBytes
  }

  mutating func take(_ frame: WebSocketFrame) -> Event {
    // §5.1: a client masks and a server does not; §5.2: no extension was agreed on.
    guard (frame.maskKey != nil) == (side == .server), !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
      return .protocolError
    }
    switch frame.opcode {
    case .text:
      guard partial == nil else { return .protocolError }
      return add(frame, to: [])
    case .continuation:
      guard let begun = partial.take() else { return .protocolError }
      return add(frame, to: begun)
    case .binary: return .violation(.unacceptableData, reason: "websocket_not_text")
    case .ping: return .ping(frame.unmaskedData)
    case .pong: return .nothing
    case .connectionClose: return close(frame.unmaskedData)
    default: return .protocolError
    }
  }

  private mutating func add(_ frame: WebSocketFrame, to begun: [UInt8]) -> Event {
    let data = frame.unmaskedData
    guard begun.count + data.readableBytes <= maxBytes else {
      return .violation(.messageTooLarge, reason: "websocket_too_large")
    }
    let message = begun.isEmpty ? Array(data.readableBytesView) : begun + data.readableBytesView
    guard frame.fin else {
      partial = message
      return .nothing
    }
    // §8.1.
    guard String(validating: message, as: UTF8.self) != nil else {
      return .violation(.dataInconsistentWithMessage, reason: "websocket_not_text")
    }
    return .message(message)
  }

  /// §5.5.1 and §7.4: the code is echoed, and must be one that may be sent.
  private func close(_ data: ByteBuffer) -> Event {
    var data = data
    guard data.readableBytes > 0 else { return .close(.normalClosure) }
    guard let code = data.readInteger(as: UInt16.self) else { return .protocolError }
    switch code {
    case 1000...1003, 1007...1014, 3000...4999:
      guard String(validating: data.readableBytesView, as: UTF8.self) != nil else { return .protocolError }
      return .close(WebSocketErrorCode(codeNumber: Int(code)))
    default: return .protocolError
    }
  }
}

extension WebSocketAssembler.Event {
  fileprivate static let protocolError = Self.violation(.protocolError, reason: "websocket_protocol")
}

/// Whether a silent peer is still there: any frame counts as a sign of life.
struct WebSocketHeartbeat {
  enum Step { case ping, dead }
  private var unanswered = 0

  mutating func heard() { unanswered = 0 }
  /// To be called once in each interval.
  mutating func tick() -> Step {
    guard unanswered < 2 else { return .dead }
    unanswered += 1
    return .ping
  }
}
