// Waiting for something that may never come.

import PluginAPI

/// Whether `work` ended in time. It goes on by itself when it did not.
func within(_ limit: Duration, _ clock: any GatewayClock, _ work: @escaping @Sendable () async -> Void) async
  -> Bool
{
  let answer = Locked<CheckedContinuation<Bool, Never>?>(nil)
  @Sendable func give(_ value: Bool) {
    let waiting = answer.withLock { answer in
      defer { answer = nil }
      return answer
    }
    waiting?.resume(returning: value)
  }
  return await withCheckedContinuation { continuation in
    answer.withLock { $0 = continuation }
    let timer = Task {
      try? await clock.sleep(for: limit)
      give(false)
    }
    Task {
      await work()
      give(true)
      timer.cancel()
    }
  }
}
