// What TLS refused and why, in OpenSSL's words, so that a log line or a start-up error explains itself.

import COpenSSL

/// A failed set-up, handshake or connection. Its text carries OpenSSL's reasons and never key material.
public struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// Certificate, key or trust cannot be used.
    case configuration
    /// The peers did not agree, or the peer's certificate was refused.
    case handshakeFailed
    case handshakeTimedOut
    /// A broken record after the handshake.
    case connectionFailed
    /// More was written before the end of the handshake than is kept.
    case backlogFull
  }
  public let kind: Kind
  /// One clause, such as `the TLS handshake failed`.
  public let step: String
  /// Oldest first, most of them `library: reason`.
  public let reasons: [String]

  public var description: String {
    reasons.isEmpty ? step : "\(step): \(reasons.joined(separator: "; "))"
  }

  static func configuration(_ step: String, _ reasons: [String]? = nil) -> TLSError {
    TLSError(kind: .configuration, step: step, reasons: reasons ?? drainQueue())
  }

  static func handshakeFailed(_ reasons: [String]) -> TLSError {
    TLSError(kind: .handshakeFailed, step: "the TLS handshake failed", reasons: reasons)
  }

  static let handshakeTimedOut = TLSError(
    kind: .handshakeTimedOut, step: "the TLS handshake took too long", reasons: [])

  static func connectionFailed(_ reasons: [String]) -> TLSError {
    TLSError(kind: .connectionFailed, step: "the TLS connection failed", reasons: reasons)
  }

  static let backlogFull = TLSError(
    kind: .backlogFull, step: "too much was written before the end of the TLS handshake", reasons: [])

  /// The reasons in this thread's error queue, which is empty afterwards.
  static func drainQueue() -> [String] {
    var reasons: [String] = []
    var text = [CChar](repeating: 0, count: 256)
    while copenssl_next_error(&text, text.count) == 1 {
      let reason = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      if reasons.last != reason { reasons.append(reason) }
    }
    return reasons
  }
}
