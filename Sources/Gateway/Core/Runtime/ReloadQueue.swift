// One change of the configuration at a time: a signal and a changed file may come together.

import PluginAPI

actor ReloadQueue {
  private var last: Task<ReloadOutcome, Never>?
  private var isClosed = false

  /// Runs `reload` when those before have ended; nil after `close`.
  func run(_ reload: @escaping @Sendable () async -> ReloadOutcome) async -> ReloadOutcome? {
    if isClosed { return nil }
    let before = last
    let task = Task {
      _ = await before?.value
      return await reload()
    }
    last = task
    return await task.value
  }

  /// Nothing is begun any more; returns when what is under way has ended, or the time is up.
  func close(within limit: Duration, _ clock: any GatewayClock) async {
    isClosed = true
    guard let last else { return }
    _ = await within(limit, clock) { _ = await last.value }
  }
}

/// What became of a look at the configuration file.
public enum ReloadOutcome: Sendable, Equatable {
  /// It says what runs.
  case unchanged
  /// What is other than before, one clause each.
  case changed([String])
  /// Everything goes on as before.
  case refused([ConfigProblem])
}
