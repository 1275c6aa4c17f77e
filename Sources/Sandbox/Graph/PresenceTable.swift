// The presence of everyone, behind one short lock: changes leave it in order, and time passes by `sweep`.

import FoundationEssentials

/// What others see of a person has changed.
struct PresenceChange: Sendable {
  let index: Int
  let pair: PresencePair
  let sequence: UInt64
}

final class PresenceTable: Sendable {
  private struct State {
    var records: [PresenceRecord]
    /// Seconds since 1970 of each record's next change by time alone; infinite when there is none.
    var deadlines: [Double]
    var stamp: UInt64 = 0

    mutating func settle(_ index: Int, _ now: Date) -> PresenceChange? {
      let changed = records[index].settle(at: now, stamp: stamp + 1)
      deadlines[index] = records[index].nextChange(after: now)?.timeIntervalSince1970 ?? .infinity
      guard changed else { return nil }
      stamp += 1
      return PresenceChange(index: index, pair: records[index].shown, sequence: stamp)
    }
  }

  private let state: Locked<State>
  private let clock: SandboxClock
  private let changed: @Sendable (PresenceChange) -> Void

  /// `changed` is called under the lock, so that two changes of a person cannot overtake each other: it must
  /// only hand over.
  init(clock: SandboxClock, changed: @escaping @Sendable (PresenceChange) -> Void) {
    self.clock = clock
    self.changed = changed
    state = Locked(State(records: [], deadlines: []))
  }

  /// Adds someone, without telling anybody; indexes are given in order from 0.
  func append(client: PresencePair?) {
    state.withLock { state in
      var record = PresenceRecord()
      record.setClient("desktop", client)
      state.stamp += 1
      _ = record.settle(at: clock.date, stamp: state.stamp)
      state.records.append(record)
      state.deadlines.append(.infinity)
    }
  }

  var count: Int { state.withLock { $0.records.count } }

  /// The record as time has made it by now.
  func record(_ index: Int) -> PresenceRecord { update(index) { record, _ in record } }

  @discardableResult
  func update<Result>(_ index: Int, _ body: (inout PresenceRecord, Date) throws -> Result) rethrows -> Result
  {
    try state.withLock { state in
      let now = clock.date
      if state.deadlines[index] <= now.timeIntervalSince1970, let change = state.settle(index, now) {
        changed(change)
      }
      defer { if let change = state.settle(index, now) { changed(change) } }
      return try body(&state.records[index], now)
    }
  }

  /// Lets time pass: whatever ended or faded by now is dropped and reported.
  func sweep() {
    let chunk = 2048
    var from = 0
    while true {
      let count = state.withLock { state in
        let now = clock.date
        let seconds = now.timeIntervalSince1970
        for index in from..<max(from, min(from + chunk, state.records.count))
        where state.deadlines[index] <= seconds {
          if let change = state.settle(index, now) { changed(change) }
        }
        return state.records.count
      }
      from += chunk
      if from >= count { return }
    }
  }
}
