// Patience: what lasts is passed on, what flickers is not, and nothing waits for ever.

import PluginAPI
import Testing

@testable import Gateway

struct RouteGateTests {
  /// Plays `second: state`, and tells each second at which something new was passed on.
  private func play(hold: Double, minInterval: Double = 0, _ states: [(Double, Presence)]) throws -> [String]
  {
    var gate = try #require(RouteGate(hold: .seconds(hold), minInterval: .seconds(minInterval)))
    var (told, last): ([String], Presence?) = ([], nil)
    var current = Presence.available
    func pass(_ now: Moment) {
      let passed = gate.pass(current, slot: 0, now: now)
      if passed != last { told.append("\(now.seconds) \(passed.availability)") }
      last = passed
    }
    for (second, state) in states + [(10_000, states[states.count - 1].1)] {
      while let wake = gate.nextWake, wake <= .second(second) {
        if !gate.due(now: wake).isEmpty { pass(wake) }
      }
      current = state
      pass(.second(second))
    }
    #expect(gate.nextWake == nil)
    return told
  }

  @Test func whatLastsIsPassedOn() throws {
    #expect(try play(hold: 5, [(0, .available), (10, .busy)]) == ["0.0 available", "15.0 busy"])
  }
  @Test func whatFlickersIsNot() throws {
    let states: [(Double, Presence)] = [
      (0, .available), (10, .busy), (14, .available), (20, .away), (24, .available),
    ]
    #expect(try play(hold: 5, states) == ["0.0 available"])
  }
  @Test func anotherStateBeginsAnew() throws {
    let states: [(Double, Presence)] = [(0, .available), (10, .busy), (14, .away)]
    #expect(try play(hold: 5, states) == ["0.0 available", "19.0 away"])
  }
  @Test func whatNeverStopsChangingIsPassedOnAfterFourHolds() throws {
    var states: [(Double, Presence)] = [(0, .available)]
    for step in 0..<20 { states.append((Double(10 + 2 * step), step.isMultiple(of: 2) ? .busy : .away)) }
    let told = try play(hold: 5, states)
    #expect(told.prefix(2) == ["0.0 available", "30.0 away"])
  }
  @Test func statesKeepTheirDistance() throws {
    let states: [(Double, Presence)] = [
      (0, .available), (1, .busy), (3, .away), (4, .doNotDisturb), (30, .available),
    ]
    #expect(
      try play(hold: 0, minInterval: 10, states) == ["0.0 available", "10.0 doNotDisturb", "30.0 available"])
  }
  @Test func bothTogether() throws {
    let states: [(Double, Presence)] = [(0, .available), (8, .busy)]
    #expect(try play(hold: 5, minInterval: 10, states) == ["0.0 available", "13.0 busy"])
    #expect(try play(hold: 5, minInterval: 20, states) == ["0.0 available", "20.0 busy"])
  }
  @Test func memoryDoesNotGrowWithTraffic() throws {
    var gate = try #require(RouteGate(hold: .seconds(3600), minInterval: .zero))
    for step in 0..<10_000 {
      _ = gate.pass(step % 2 == 0 ? .busy : .away, slot: 0, now: .second(Double(step) / 100))
    }
    #expect(gate.alarmCount <= 4 + 64)
  }
  @Test func withoutPatienceThereIsNoGate() { #expect(RouteGate(hold: .zero, minInterval: .zero) == nil) }
}
