// What OpenSSL refused and why, in its own words; never input bytes, so that it may be logged.

import COpenSSL

/// A cryptographic step that failed. Its text carries OpenSSL's reasons and no key material.
public struct CryptoError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The step, such as `cannot read the private key`.
  public let step: String
  /// OpenSSL's reasons, oldest first, each `library: reason`; empty when the refusal is ours.
  public let reasons: [String]

  /// Takes the reasons from this thread's OpenSSL error queue, which is empty afterwards.
  init(_ step: String) {
    self.init(step, reasons: Self.drainQueue())
  }

  init(_ step: String, reasons: [String]) {
    self.step = step
    self.reasons = reasons
  }

  public var description: String {
    reasons.isEmpty ? step : "\(step): \(reasons.joined(separator: "; "))"
  }

  private static func drainQueue() -> [String] {
    var reasons: [String] = []
    var text = [CChar](repeating: 0, count: 256)
    while copenssl_next_error(&text, text.count) == 1 {
      let reason = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      if reasons.last != reason { reasons.append(reason) }
    }
    return reasons
  }
}
