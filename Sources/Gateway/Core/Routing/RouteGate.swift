// A route's `hold:` and `min_interval:`: a state is passed on when it has lasted, and not too soon after the last one.

import HeapModule
import PluginAPI

/// Pure: `pass` says what the route contributes now, `due` whom to look at again.
struct RouteGate: Sendable {
  /// A state that keeps changing is passed on after so many holds: nothing waits for ever.
  static let mostHolds = 4
  let hold: Duration
  let minInterval: Duration

  private struct Place: Sendable {
    var passed: Presence
    var passedAt: Moment
    /// What waits, since when it looks like this, and since when anything waits.
    var waiting: (value: Presence, since: Moment, begun: Moment)?
    var due: Moment?
  }
  private struct Alarm: Sendable, Comparable {
    var at: Moment
    var slot: Int
    static func < (a: Alarm, b: Alarm) -> Bool { a.at < b.at }
  }
  private var places: [Int: Place] = [:]
  private var alarms = Heap<Alarm>()

  init?(hold: Duration, minInterval: Duration) {
    guard hold > .zero || minInterval > .zero else { return nil }
    self.hold = hold
    self.minInterval = minInterval
  }

  /// What is passed on for the user, of whom `value` is true now. The first state of a user passes at once.
  mutating func pass(_ value: Presence, slot: Int, now: Moment) -> Presence {
    guard var place = places[slot] else {
      places[slot] = Place(passed: value, passedAt: now)
      return value
    }
    defer { places[slot] = place }
    if value == place.passed {
      place.waiting = nil
      place.due = nil
      return value
    }
    if place.waiting?.value != value {
      place.waiting = (value, since: now, begun: place.waiting?.begun ?? now)
    }
    guard let waiting = place.waiting else { return place.passed }
    let lasted = min(waiting.since + hold, waiting.begun + hold * Self.mostHolds)
    let due = max(lasted, place.passedAt + minInterval)
    if due <= now {
      place = Place(passed: value, passedAt: now)
      return value
    }
    if place.due != due {
      place.due = due
      alarms.insert(Alarm(at: due, slot: slot))
      if alarms.count > 4 * places.count + 64 {
        places[slot] = place
        alarms = Heap(places.compactMap { slot, place in place.due.map { Alarm(at: $0, slot: slot) } })
      }
    }
    return place.passed
  }

  /// The users whose waiting is over.
  mutating func due(now: Moment) -> [Int] {
    var slots: [Int] = []
    while let alarm = alarms.min, alarm.at <= now {
      alarms.removeMin()
      // Others were replaced by a later one, or are no longer needed.
      if places[alarm.slot]?.due == alarm.at { slots.append(alarm.slot) }
    }
    return slots
  }

  /// When what waits for this user is passed on.
  func waiting(_ slot: Int) -> (value: Presence, until: Moment)? {
    guard let place = places[slot], let waiting = place.waiting, let due = place.due else { return nil }
    return (waiting.value, due)
  }

  var nextWake: Moment? { alarms.min?.at }
  var alarmCount: Int { alarms.count }
}
