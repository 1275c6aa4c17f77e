// The observer of a whole sandbox: both simulated systems write into it from their own threads.

import NIOCore

/// Bounded: one line for each person, one histogram for each direction.
public final class LatencyBook: SandboxObserver {
  private let ledger: Locked<LatencyLedger>

  public init(people: Int, patience: TimeAmount = .seconds(30), echo: TimeAmount = .milliseconds(5)) {
    ledger = Locked(LatencyLedger(people: people, patience: patience, echo: echo))
  }

  public func sent(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {
    ledger.withLock { $0.sent(side, person: person, state: state, at: at) }
  }
  public func accepted(_ side: SandboxSide, person: Int, state: String, at: NIODeadline) {
    ledger.withLock { $0.accepted(side, person: person, state: state, at: at) }
  }
  public func undone(_ side: SandboxSide, person: Int, state: String) {
    ledger.withLock { $0.undone(side, person: person, state: state) }
  }
  public func refused(_ side: SandboxSide, reason: String) {
    ledger.withLock { $0.refused(side, reason: reason) }
  }

  public struct Snapshot: Sendable {
    public let figures: LatencyFigures
    /// One for each person, by number.
    public let lines: [LatencyLine]
  }

  /// Figures and the whole live table at one moment.
  public func snapshot() -> Snapshot {
    let ledger = ledger.withLock { $0 }
    return Snapshot(figures: ledger.figures, lines: ledger.lines)
  }
  public func figures() -> LatencyFigures { ledger.withLock { $0.figures } }
}
