// A clock that stands still until a test moves it; sleepers wake in order of their time.

import FoundationEssentials
import PluginAPI

public final class ManualClock: GatewayClock {
  private struct State {
    var now = Moment(nanoseconds: 0)
    var sleepers: [Int: (Moment, CheckedContinuation<Void, any Error>)] = [:]
    var nextID = 0
  }
  private let state = Locked(State())
  private let origin: Date

  /// `origin` is the wall-clock date at moment zero.
  public init(origin: Date = Date(timeIntervalSince1970: 1_800_000_000)) { self.origin = origin }

  public var now: Moment { state.withLock { $0.now } }
  public var date: Date { origin.addingTimeInterval((now - Moment(nanoseconds: 0)).inSeconds) }
  /// How many tasks sleep; wait for it with `sleepers(atLeast:)` before advancing.
  public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  public func sleep(until deadline: Moment) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let wakeNow = state.withLock { state in
          if deadline <= state.now || Task.isCancelled { return true }
          state.sleepers[id] = (deadline, continuation)
          return false
        }
        if wakeNow {
          continuation.resume(with: Task.isCancelled ? .failure(CancellationError()) : .success(()))
        }
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: id) }?.1.resume(throwing: CancellationError())
    }
  }

  public func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now + duration
      let due = state.sleepers.filter { $0.value.0 <= state.now }.sorted { $0.value.0 < $1.value.0 }
      for (id, _) in due { state.sleepers[id] = nil }
      return due.map(\.value.1)
    }
    for continuation in due { continuation.resume() }
  }

  /// When the first sleeper wakes.
  public var nextWake: Moment? { state.withLock { $0.sleepers.values.map(\.0).min() } }

  /// Lets other tasks run until that many sleep; gives up as `eventually` does.
  public func sleepers(atLeast count: Int) async { _ = await eventually { sleeperCount >= count } }

  /// Lets time pass in steps that a timer sees: whoever sleeps again within a step is met there.
  ///
  /// - Parameter timers: how many tasks sleep whenever nothing is to be done: all of them see each step.
  public func pass(_ duration: Duration, by step: Duration = .milliseconds(250), timers: Int = 1) async {
    var left = duration
    while left > .zero {
      advance(by: min(left, step))
      left -= step
      await sleepers(atLeast: timers)
    }
  }

  /// Lets time pass, but only for sleepers that wake within `span`, until the condition holds: what takes real time
  /// meanwhile, such as making a key, takes none of this clock's.
  /// - Returns: whether it held before the limit of `eventually`.
  public func pass(within span: Duration, until condition: () async -> Bool) async -> Bool {
    await eventually {
      if await condition() { return true }
      if let wake = nextWake, wake <= now + span { advance(by: max(wake - now, .zero)) }
      return false
    }
  }
}
