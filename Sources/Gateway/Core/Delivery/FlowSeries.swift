// How much flowed through a route in the last minutes: a small ring of counts, for a chart.

import PluginAPI

struct FlowSeries: Sendable {
  static let step: Duration = .seconds(10)
  static let length = 60
  private var counts = [Int](repeating: 0, count: length)
  /// Which step the newest count belongs to.
  private var newest: Int64 = 0

  mutating func record(now: Moment) {
    advance(to: now)
    counts[Int(newest % Int64(Self.length))] += 1
  }

  /// The oldest first; the last is the step under way.
  mutating func values(now: Moment) -> [Int] {
    advance(to: now)
    return (1...Self.length).map { counts[Int((newest + Int64($0)) % Int64(Self.length))] }
  }

  /// Of the last whole minute.
  mutating func perMinute(now: Moment) -> Int { values(now: now).dropLast().suffix(6).reduce(0, +) }

  private mutating func advance(to now: Moment) {
    let step = (now - Moment(nanoseconds: 0)).nanoseconds / Self.step.nanoseconds
    guard step > newest else { return }
    for passed in 1...min(step - newest, Int64(Self.length)) {
      counts[Int((newest + passed) % Int64(Self.length))] = 0
    }
    newest = step
  }
}
