// Simulated time: expiry, time-outs and throttling follow it, so that an hour can pass in a minute or in a
// test's single call.

import FoundationEssentials
import NIOCore

public final class SandboxClock: Sendable {
  /// Simulated seconds per real second.
  public let speed: Double
  private let startDate: Date
  private let start: NIODeadline
  private let skipped = Locked(0.0)

  public init(speed: Double = 1, origin: Date = Date()) {
    self.speed = speed
    startDate = origin
    start = .now()
  }

  /// The simulated wall-clock time.
  public var date: Date { date(at: .now()) }

  public func date(at instant: NIODeadline) -> Date {
    let real = Double((instant - start).nanoseconds) / 1e9
    return startDate.addingTimeInterval(real * speed + skipped.withLock { $0 })
  }

  /// Jumps ahead, for tests.
  public func advance(bySeconds seconds: Double) { skipped.withLock { $0 += seconds } }

  /// How long simulated seconds take in reality; at least a millisecond.
  public func realTime(ofSeconds seconds: Double) -> TimeAmount {
    .nanoseconds(Int64(max(seconds / speed, 0.001) * 1e9))
  }
}
