// How the shell ends: what would go stale is taken back, then everything is cancelled.

import PluginAPI

extension GatewayCore {
  var isSettled: Bool { engine.outboxes.allSatisfy { ($0?.depth ?? 0) == 0 } }

  /// Takes back everything that the sinks hold from us; returns when they have accepted or the time is up.
  /// - Returns: how many users of which plugin still show something of ours, or may.
  @discardableResult
  func takeEverythingBack(within limit: Duration) async -> [String: Int] {
    stopping = true
    carryOut(engine.takeEverythingBack(now: clock.now))
    if isSettled { return [:] }
    let timeUp = Task { [clock] in
      try? await clock.sleep(for: limit)
      endWaiting()
    }
    await withCheckedContinuation { settled = $0 }
    timeUp.cancel()
    return ids.compactMapValues { plugin in engine.outboxes[plugin].map(\.depth) }.filter { $0.value > 0 }
  }

  func endWaiting() {
    settled?.resume()
    settled = nil
  }

  func cancelEverything() {
    stopping = true
    hasEnded = true
    alarm?.task.cancel()
    rematching?.cancel()
    for call in tasks.values { call.task.cancel() }
    endWaiting()
  }
}
