// The latency figures decide whether the gateway is fast enough: they must not flatter and not slander.

import NIOCore
import Testing

@testable import Sandbox

@Suite struct MeasureTests {
  private func ms(_ value: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000) + .milliseconds(value) }

  @Test func aChangeIsMatchedWithTheWriteOnTheOtherSide() {
    var ledger = LatencyLedger(people: 2)
    ledger.sent(.teams, person: 1, state: "Busy/InACall", at: ms(0))
    ledger.accepted(.pbx, person: 0, state: "AddAlienCall", at: ms(2))
    ledger.accepted(.pbx, person: 1, state: "AddAlienCall", at: ms(3))
    ledger.accepted(.pbx, person: 1, state: "teams: busy", at: ms(9))
    #expect(ledger.figures.teams.latency.count == 1)
    #expect(ledger.figures.teams.latency.max == .milliseconds(3))
    #expect(ledger.figures.pbx.writes == 3)
    #expect(
      ledger.lines[1]
        == LatencyLine(
          person: 1, teams: "Busy/InACall", pbx: "teams: busy", changedOn: .teams, change: "Busy/InACall",
          changedAt: ms(0), latency: .milliseconds(3)))
  }

  @Test func theEchoOfAWriteIsNotAChange() {
    var ledger = LatencyLedger(people: 1)
    ledger.sent(.pbx, person: 0, state: "tel: on-the-phone", at: ms(0))
    ledger.accepted(.teams, person: 0, state: "setPresence Busy/InACall", at: ms(4))
    ledger.sent(.teams, person: 0, state: "Busy/InACall", at: ms(900))
    ledger.accepted(.pbx, person: 0, state: "teams: away", at: ms(950))
    #expect(ledger.figures.teams.changes == 0)
    #expect(ledger.figures.teams.sent == 1)
    #expect(ledger.figures.teams.latency.count == 0)
    ledger.sent(.pbx, person: 0, state: "teams: away", at: ms(950))
    #expect(ledger.figures.pbx.changes == 1)
    #expect(ledger.lines[0].change == "tel: on-the-phone")
    #expect(ledger.lines[0].pbx == "teams: away")
  }

  @Test func anEchoDoesNotShortenARealLatency() {
    var ledger = LatencyLedger(people: 1)
    ledger.sent(.pbx, person: 0, state: "tel: on-the-phone", at: ms(0))
    ledger.accepted(.pbx, person: 0, state: "teams: busy", at: ms(8))
    ledger.sent(.pbx, person: 0, state: "teams: busy", at: ms(8))
    ledger.accepted(.teams, person: 0, state: "setPresence Busy/InACall", at: ms(10))
    #expect(ledger.figures.pbx.latency.max == .milliseconds(10))
  }

  @Test func aWordIsAnEchoOnlyOnce() {
    var ledger = LatencyLedger(people: 1)
    ledger.accepted(.teams, person: 0, state: "setPresence Busy/InACall", at: ms(0))
    ledger.sent(.teams, person: 0, state: "Busy/InACall", at: ms(500))
    ledger.sent(.teams, person: 0, state: "Busy/InAMeeting", at: ms(1_000))
    ledger.sent(.teams, person: 0, state: "Busy/InACall", at: ms(2_000))
    #expect(ledger.figures.teams.changes == 2)
  }

  @Test func aNewerChangeReplacesAnUnansweredOne() {
    var ledger = LatencyLedger(people: 1)
    ledger.sent(.teams, person: 0, state: "Away/Away", at: ms(0))
    ledger.sent(.teams, person: 0, state: "Busy/InACall", at: ms(10_000))
    ledger.accepted(.pbx, person: 0, state: "AddAlienCall", at: ms(10_005))
    #expect(ledger.figures.teams.latency.max == .milliseconds(5))
  }

  @Test func aStaleChangeIsDropped() {
    var ledger = LatencyLedger(people: 1)
    ledger.sent(.teams, person: 0, state: "Offline/Offline", at: ms(0))
    ledger.accepted(.pbx, person: 0, state: "teams: unset", at: ms(30_001))
    #expect(ledger.figures.teams.latency.count == 0)
    #expect(ledger.lines[0].latency == nil)
    ledger.accepted(.pbx, person: 0, state: "teams: busy", at: ms(30_002))
    #expect(ledger.figures.teams.latency.count == 0)
  }

  @Test func refreshedLeasesAreCountedApart() {
    var ledger = LatencyLedger(people: 1)
    ledger.accepted(.teams, person: 0, state: "setPresence Busy/InACall", at: ms(0))
    ledger.accepted(.teams, person: 0, state: "setUserPreferredPresence Busy/Busy", at: ms(1))
    ledger.sent(.pbx, person: 0, state: "tel: lunch", at: ms(100))
    ledger.accepted(.teams, person: 0, state: "setPresence Busy/InACall", at: ms(200))
    #expect(ledger.figures.teams.repeats == 1)
    #expect(ledger.figures.pbx.latency.count == 0)
    ledger.accepted(.teams, person: 0, state: "clearPresence", at: ms(300))
    ledger.accepted(.teams, person: 0, state: "setPresence Busy/InACall", at: ms(400))
    #expect(ledger.figures.teams.repeats == 1)
    #expect(ledger.figures.pbx.latency.max == .milliseconds(200))
  }

  @Test func whatWasAlreadyThereIsNoChange() {
    var ledger = LatencyLedger(people: 1)
    ledger.sent(.pbx, person: 0, state: "available", at: ms(0))
    ledger.sent(.pbx, person: 0, state: "tel: busy", at: ms(1))
    ledger.sent(.pbx, person: 0, state: "tel: busy", at: ms(2))
    #expect(ledger.figures.pbx.changes == 1)
    #expect(ledger.figures.pbx.sent == 3)
  }

  @Test func refusalsAreBounded() {
    var ledger = LatencyLedger(people: 0)
    for number in 0..<1_000 { ledger.refused(.teams, reason: "reason \(number)") }
    ledger.refused(.pbx, reason: "reason 1")
    ledger.sent(.pbx, person: 5, state: "tel: busy", at: ms(0))
    #expect(ledger.figures.teams.refusals == 1_000)
    #expect(ledger.figures.refusals.count == 64)
    #expect(ledger.figures.refusals["reason 1"] == 2)
  }

  @Test func percentilesNeverFlatter() {
    var histogram = LatencyHistogram()
    #expect(histogram.p99 == .zero)
    var random = SeededRandom(seed: 2)
    var all: [Int64] = []
    for _ in 0..<10_000 {
      let micros = Int64.random(in: 1...(1 << Int.random(in: 1...24, using: &random)), using: &random)
      all.append(micros)
      histogram.add(.microseconds(micros))
    }
    all.sort()
    for share in [0.01, 0.5, 0.9, 0.99, 1] {
      let exact = Double(all[Int((share * 10_000).rounded(.up)) - 1])
      let told = Double(histogram.percentile(share).nanoseconds) / 1_000
      #expect((exact...max(exact + 1, exact * 1.07)).contains(told), "\(share): \(told) for \(exact)")
    }
    #expect(histogram.max == .microseconds(all[9_999]))
  }

  @Test func manyThreadsMayReport() async {
    let book = LatencyBook(people: 100)
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask { [self] in
          for number in 0..<250 {
            book.accepted(
              .pbx, person: number % 100, state: "teams: \(worker) \(number)", at: ms(Int64(number)))
          }
        }
      }
    }
    #expect(book.figures().pbx.writes == 1_000)
    #expect(book.snapshot().lines.count == 100)
  }
}
