// How the shell ends: what would go stale is taken back, then everything is cancelled.

import PluginAPI

extension GatewayCore {
  var isSettled: Bool { engine.outboxes.allSatisfy { ($0?.depth ?? 0) == 0 } }

  /// Takes back everything that the sinks hold from us; returns when they have accepted or the time is up.
  func takeEverythingBack(within limit: Duration) async {
    stopping = true
    carryOut(engine.takeEverythingBack(now: clock.now))
    if isSettled { return }
    let timeUp = Task { [clock] in
      try? await clock.sleep(for: limit)
      endWaiting()
    }
    await withCheckedContinuation { settled = $0 }
    timeUp.cancel()
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
    for task in tasks.values { task.cancel() }
    endWaiting()
  }
}
