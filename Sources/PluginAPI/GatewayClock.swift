// Time as a value, so that every rule can be tested without waiting.

import FoundationEssentials

/// A point on the monotonic clock, in nanoseconds since an arbitrary origin. Never persisted.
public struct Moment: Sendable, Hashable, Comparable {
  public let nanoseconds: Int64
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func < (a: Moment, b: Moment) -> Bool { a.nanoseconds < b.nanoseconds }
  public static func + (a: Moment, b: Duration) -> Moment {
    Moment(nanoseconds: a.nanoseconds + b.nanoseconds)
  }
  public static func - (a: Moment, b: Moment) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

extension Duration {
  /// Whole nanoseconds.
  public var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
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
