// The last events: bounded, in order, and told to readers that keep up.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct EventLogTests {
  /// Ids count from 1.
  private func log() -> EventLog { EventLog(now: { Date(timeIntervalSince1970: 0) }) }

  @Test func keepsTheNewestThousandInOrder() {
    let log = log()
    for number in 1...2500 { log.append(.log, number % 2 == 0 ? .info : .error, "\(number)") }
    #expect(log.newest(3).map(\.message) == ["2500", "2499", "2498"])
    #expect(log.newest(5000).count == 1000)
    #expect(log.newest(5000).last?.id == 1501)
    #expect(log.newest(10, after: 2498).map(\.id) == [2500, 2499])
    #expect(log.newest(2) { $0.level == .error }.map(\.id) == [2499, 2497])
  }

  @Test func decisionsPushOutNothingElse() {
    let log = log()
    log.append(.audit, .info, "sign in")
    log.append(.check, .error, "✗ sign-in")
    for number in 1...2000 { log.append(.decision, .info, "\(number)") }
    #expect(log.newest(1, where: { $0.kind == .audit }).map(\.id) == [1])
    #expect(log.newest(1, where: { $0.kind == .check }).map(\.id) == [2])
    var kept = [Int](1003...2002)
    kept.reverse()
    #expect(log.newest(5000).map(\.id) == kept + [2, 1])
    #expect(log.newest(2, after: 1500).map(\.id) == [2002, 2001])
  }

  @Test func idsGoOnGrowingAfterARestart() throws {
    let start = Date(timeIntervalSince1970: 1_772_366_400)
    let before = EventLog(now: { start })
    for number in 1...5000 { before.append(.decision, .info, "\(number)") }
    let last = try #require(before.newest(1).first?.id)
    // A second later: its clock alone would not have grown that much in milliseconds.
    let after = EventLog(now: { start + 1 })
    after.append(.audit, .info, "sign in")
    let first = try #require(after.newest(1, after: last).first?.id)
    #expect(first > last && first < EventLog.greatestID)
  }

  @Test func peopleAppearUnderPseudonymsWhereThatIsWanted() {
    let log = EventLog(called: { _ in "somebody" })
    log.append(.decision, .info, "away", plugin: "pbx", user: "guid-1", name: "Ada")
    #expect(log.newest(1).first?.name == "somebody" && log.newest(1).first?.user == "somebody")
  }

  @Test func aReaderBeginsWhereItEndedAndHearsWhatComes() async throws {
    let log = log()
    for number in 1...3 { log.append(.log, .info, "\(number)") }
    let feed = try #require(log.follow(after: 1))
    #expect(await feed.next()?.map(\.id) == [2, 3])
    async let next = feed.next()
    log.append(.log, .info, "4")
    #expect(await next?.map(\.id) == [4])
    let fresh = try #require(log.follow(after: nil))
    log.append(.log, .info, "5")
    #expect(await fresh.next()?.map(\.id) == [5])
  }

  @Test func aReaderBeginsWithEveryKindInTheOrderThingsHappened() async throws {
    let log = log()
    for kind in [EventLog.Kind.audit, .decision, .check, .decision] { log.append(kind, .info, "x") }
    let feed = try #require(log.follow(after: 1))
    #expect(await feed.next()?.map(\.id) == [2, 3, 4])
  }

  @Test func aReaderWhoseTimeIsOverHearsNothingMore() async throws {
    let log = log()
    let feed = try #require(log.follow(after: nil))
    let isAllowed = Locked(true)
    guard case .stream(_, let next, _) = feed.answer(while: { isAllowed.withLock { $0 } }) else {
      Issue.record("the answer must be a stream")
      return
    }
    log.append(.log, .info, "1")
    #expect(await next().map { String(decoding: $0, as: UTF8.self) }?.hasPrefix("id: 1\n") == true)
    isAllowed.withLock { $0 = false }
    async let last = next()
    log.wakeReaders()
    #expect(await last == nil)
  }

  @Test func aReaderThatFallsBehindIsLetGo() async throws {
    let log = EventLog()
    let feed = try #require(log.follow(after: nil))
    for number in 0...EventFeed.capacity { log.append(.log, .info, "\(number)") }
    // Its place is free although it has not come to hear of it.
    #expect((0..<EventFeed.limit).allSatisfy { _ in log.follow(after: nil) != nil })
    #expect(await feed.next() == nil)
  }

  @Test func readersAreFewAndLeaveTheirPlace() async throws {
    let log = EventLog()
    var feeds = (0..<EventFeed.limit).compactMap { _ in log.follow(after: nil) }
    #expect(feeds.count == EventFeed.limit)
    #expect(log.follow(after: nil) == nil)
    feeds.removeLast().end()
    #expect(log.follow(after: nil) != nil)
  }

  @Test func aCancelledReaderReturnsAndIsForgotten() async throws {
    let log = EventLog()
    let feed = try #require(log.follow(after: nil))
    let task = Task { await feed.next() }
    task.cancel()
    #expect(await task.value == nil)
  }

  @Test func checkMarksThatChangeAreEvents() {
    let log = EventLog()
    let board = HealthBoard(events: log)
    board.report(Check("sign-in", .pending(progress: nil)), of: "teams", at: Date())
    board.report(Check("sign-in", .ok(detail: "1")), of: "teams", at: Date())
    board.report(Check("sign-in", .ok(detail: "2")), of: "teams", at: Date())
    board.report(Check("sign-in", .failing(reason: "no", remedy: "do")), of: "teams", at: Date())
    #expect(log.newest(10).map(\.message) == ["✗ sign-in", "✓ sign-in"])
    #expect(log.newest(1).first?.detail == "no — do")
    #expect(log.newest(1).first?.level == .error)
  }
}
