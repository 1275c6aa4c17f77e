// A dead peer must not look like a quiet one, and a quiet one must not be dropped.

import PluginAPI

struct KeepAlive: Sendable {
  enum Action: Sendable, Hashable { case send, probe, dead }

  let interval: Duration
  private var lastReceived: Moment
  private var lastSent: Moment
  private var probed = false

  init(interval: Duration, now: Moment) {
    self.interval = interval
    lastReceived = now
    lastSent = now
  }

  /// Whether a sign of life is not longer ago than one is sent.
  func wasHeardLately(_ now: Moment) -> Bool { now - lastReceived <= interval }

  mutating func received(_ now: Moment) {
    lastReceived = now
    probed = false
  }

  /// KeepAlive has no answer, and a PBX at night may have nothing to say: after two silent intervals it is
  /// asked something it must answer, after three it is dead.
  mutating func tick(_ now: Moment) -> [Action] {
    let silence = now - lastReceived
    if silence >= interval * 3 { return [.dead] }
    var actions: [Action] = []
    if silence >= interval * 2, !probed {
      probed = true
      actions.append(.probe)
    }
    if now - lastSent >= interval {
      lastSent = now
      actions.append(.send)
    }
    return actions
  }
}
