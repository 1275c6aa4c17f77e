// Waiting for something that may never come.

import PluginAPI

/// What the plugin answers; a failure when it takes too long. It is cancelled then, and when the caller is; whether it
/// ends is its own affair.
func answer<Value: Sendable>(
  within limit: Duration, _ clock: any GatewayClock,
  _ work: @escaping @Sendable () async throws(PluginFailure) -> Value
) async -> Result<Value, PluginFailure> {
  let result = Locked<Result<Value, PluginFailure>?>(nil)
  let working = Task {
    let answer: Result<Value, PluginFailure>
    do throws(PluginFailure) { answer = .success(try await work()) } catch { answer = .failure(error) }
    result.withLock { $0 = answer }
  }
  let isInTime = await withTaskCancellationHandler {
    await within(limit, clock) { await working.value }
  } onCancel: {
    working.cancel()
  }
  if !isInTime { working.cancel() }
  return result.withLock { $0 }
    ?? .failure(PluginFailure(.retry(after: nil), "no answer within \(limit.configText)"))
}

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
