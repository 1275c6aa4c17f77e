// What comes due in an outbox: retries, refreshes and leases that run out.

import HeapModule
import PluginAPI

extension Outbox {
  /// Moves what has come due.
  mutating func tick(now: Moment) -> [Event] {
    var events: [Event] = []
    while let timer = timers.min, timer.at <= now {
      timers.removeMin()
      let slot = timer.slot
      guard entries[slot].timer == timer.at else { continue }
      entries[slot].timer = nil
      if case .waiting(let until) = entries[slot].phase, until <= now {
        entries[slot].phase = .idle
        usersWaiting -= 1
      }
      if let end = entries[slot].leaseEnd, end <= now {
        entries[slot].leaseEnd = nil
        entries[slot].refreshAt = nil
        if let former = entries[slot].delivered { fade(former, slot, now: now) }
        // Another life measured it by a clock that may have been changed since: it may still be there.
        if entries[slot].leaseIsRemembered {
          doubt(entries[slot].delivered, slot)
          entries[slot].uncertain = true
        }
        entries[slot].delivered = nil
        // What is on its way may build on it.
        if case .inFlight(.some) = entries[slot].phase { entries[slot].lostInFlight = true }
        if let answer = entries[slot].answer {
          entries[slot].answer = Answer(sentAt: answer.sentAt, at: now, outcome: .expired)
        }
        events.append(.expired(slot: slot))
      } else if let refresh = entries[slot].refreshAt, refresh <= now, entries[slot].phase == .idle,
        entries[slot].needsRefresh
      {
        entries[slot].refreshAt = nil
        entries[slot].phase = .ready(refresh: true)
        if !entries[slot].isInRefreshes { refreshes.append(slot) }
        entries[slot].isInRefreshes = true
      }
      schedule(slot)
      arm(slot)
    }
    return events
  }

  /// When `tick` or `collect` has something to do next.
  func nextWake(now: Moment) -> Moment? {
    var next = timers.min?.at
    if !changes.isEmpty || !refreshes.isEmpty, inFlight < limits.maxInFlight,
      let ready = pausedUntil ?? bucketReady, ready > now
    {
      next = min(next ?? ready, ready)
    }
    return next
  }

  /// Refreshes are spread over the third quarter of the lease, so that they never come all at once.
  mutating func arm(lease: Duration?, for slot: Int, from begin: Moment) {
    entries[slot].leaseEnd = lease.map { begin + $0 }
    entries[slot].leaseIsRemembered = false
    entries[slot].refreshAt = lease.map {
      begin + .nanoseconds(Int64(Double($0.nanoseconds) * (0.5 + 0.25 * backoff.unit())))
    }
    arm(slot)
  }

  /// One live timer for each entry; those that an earlier one replaced are skipped when they come up.
  mutating func arm(_ slot: Int) {
    guard let due = entries[slot].newAlarm() else { return }
    timers.insert(Timer(at: due, slot: slot))
    if timers.count > 4 * entries.count + 64 {
      timers = Heap(
        entries.indices.compactMap { slot in entries[slot].timer.map { Timer(at: $0, slot: slot) } })
    }
  }
}
