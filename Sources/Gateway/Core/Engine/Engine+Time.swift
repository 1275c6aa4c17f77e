// What comes with time: patience that ends, working hours that begin, pauses that expire. Wall-clock time is given from
// outside, and may jump.

import FoundationEssentials
import PluginAPI

extension Engine {
  /// Tells what the wall clock says; to be called before `tick`.
  mutating func setDate(_ date: Date, now: Moment) {
    epoch = date.addingTimeInterval(-Duration.nanoseconds(now.nanoseconds).inSeconds)
  }
  func date(at now: Moment) -> Date {
    epoch.addingTimeInterval(Duration.nanoseconds(now.nanoseconds).inSeconds)
  }

  mutating func tick(now: Moment) -> [Effect] {
    var effects: [Effect] = []
    for sink in outboxes.indices {
      for event in outboxes[sink]?.tick(now: now) ?? [] {
        tell(event, of: sink, now: now, into: &effects)
      }
    }
    for route in gates.indices {
      for slot in gates[route]?.due(now: now) ?? [] {
        decideEnds(of: [route], slot: slot, since: now, now: now)
      }
    }
    if let due = minuteAt, due <= now { effects += newMinute(now: now) }
    return effects + pump(now: now)
  }

  func nextWake(now: Moment) -> Moment? {
    let wakes =
      outboxes.map { $0?.nextWake(now: now) } + polls.map { $0?.nextWake(now: now) }
      + gates.map { $0?.nextWake }
    return (wakes + [minuteAt]).compactMap { $0 }.min()
  }

  /// Looks at the clock: hours and pauses are exact to the minute, and a clock that jumped is noticed within one.
  mutating func newMinute(now: Moment) -> [Effect] {
    let date = date(at: now)
    var changed: Set<Int> = []
    for (route, part) in setup.routes.enumerated() {
      guard let hours = part.terms.hours, hours.isOpen(at: date) != isOpen[route] else { continue }
      isOpen[route].toggle()
      changed.insert(part.to)
    }
    for sink in changed.sorted() { decideEverybody(in: sink, now: now) }
    let over = pauses.filter { $0.until.map { $0 <= date } ?? false }
    var effects: [Effect] = []
    for pause in over { effects += endPause(pause.target, now: now) }
    armMinute(now: now)
    return effects
  }

  mutating func armMinute(now: Moment) {
    let hasHours = setup.routes.contains { $0.terms.hours != nil }
    let until = pauses.compactMap(\.until).min()
    guard hasHours || until != nil else {
      minuteAt = nil
      return
    }
    let date = date(at: now)
    let seconds = date.timeIntervalSince1970
    var wait = 60 - (seconds - (seconds / 60).rounded(.down) * 60)
    if let until { wait = min(wait, max(0, until.timeIntervalSince(date))) }
    // Rounded up, so that the minute has begun when it is looked at.
    minuteAt = now + .nanoseconds(Int64((wait * 1e9).rounded(.up)) + 1_000_000)
  }
}
