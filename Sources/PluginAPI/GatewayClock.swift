// Time as a value, so that every rule can be tested without waiting.

import FoundationEssentials

/// A point on the monotonic clock, in nanoseconds since an arbitrary origin. Never persisted. What lies more than 292
/// years away is taken for the end of time: numbers from outside must not end the process.
public struct Moment: Sendable, Hashable, Comparable {
  public let nanoseconds: Int64
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func < (a: Moment, b: Moment) -> Bool { a.nanoseconds < b.nanoseconds }
  public static func + (a: Moment, b: Duration) -> Moment {
    let (sum, isOver) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
    return Moment(nanoseconds: isOver ? (b < .zero ? .min : .max) : sum)
  }
  public static func - (a: Moment, b: Moment) -> Duration {
    let (difference, isOver) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
    return .nanoseconds(isOver ? (a < b ? .min : .max) : difference)
  }
}

extension Duration {
  /// Whole nanoseconds; the nearest that fit, beyond 292 years.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isOverToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    return isOver || isOverToo ? (seconds < 0 ? .min : .max) : sum
  }
  /// Seconds with their fraction.
  public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// The clock lent to plugins: real in the gateway, virtual in tests.
public protocol GatewayClock: Sendable {
  var now: Moment { get }
  /// Wall-clock time, for what leaves the process.
  var date: Date { get }
  /// Throws `CancellationError` when the task is cancelled.
  func sleep(until: Moment) async throws
}

extension GatewayClock {
  public func sleep(for duration: Duration) async throws { try await sleep(until: now + duration) }
}
