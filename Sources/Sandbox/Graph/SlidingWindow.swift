// The service's request limit: so many in any window of that length, counted exactly.

import FoundationEssentials

struct SlidingWindow: Sendable {
  private let seconds: Double
  private var accepted: [Date?]
  private var next = 0

  /// `limit` requests in any `seconds`; the memory is one date per allowed request.
  init(limit: Int, seconds: Double) {
    self.seconds = seconds
    accepted = Array(repeating: nil, count: max(1, limit))
  }

  /// Nil when the request may pass, else the seconds to wait.
  mutating func take(at now: Date) -> Double? {
    if let oldest = accepted[next] {
      let wait = seconds - now.timeIntervalSince(oldest)
      if wait > 0 { return wait }
    }
    accepted[next] = now
    next = (next + 1) % accepted.count
    return nil
  }
}
