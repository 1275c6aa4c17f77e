// Microsoft's aggregation rules, without sockets.

import FoundationEssentials
import Testing

@testable import Sandbox

@Suite struct PresenceRecordTests {
  let start = Date(timeIntervalSince1970: 1_800_000_000)
  let inACall = PresencePair("Busy", "InACall")

  private func session(_ pair: PresencePair, app: String = "a", at date: Date, seconds: Double)
    -> PresenceRecord.AppSession
  {
    .init(app: app, pair: pair, setAt: date, expires: date + seconds)
  }

  @Test(arguments: [
    (["Away", "Available"], "Available/Available"), (["Available", "Busy"], "Busy/Busy"),
    (["DoNotDisturb", "Busy", "Away"], "DoNotDisturb/DoNotDisturb"), ([], "Offline/Offline"),
    (["Away"], "Away/Away"),
  ])
  func `the strongest session is shown`(_ states: [String], _ shown: String) {
    var record = PresenceRecord()
    for (index, state) in states.enumerated() { record.setClient("\(index)", PresencePair(state, state)) }
    #expect("\(record.aggregate(at: start))" == shown)
  }

  @Test func `a preferred presence wins over everything, but only while there is a session`() {
    var record = PresenceRecord()
    record.setPreferred(.init(pair: .away, expires: start + 60, app: "a"))
    #expect(record.aggregate(at: start) == .offline)
    record.setSession(session(inACall, at: start, seconds: 300))
    #expect(record.aggregate(at: start) == .away)
    #expect(record.aggregate(at: start + 60) == inACall)
    #expect(record.aggregate(at: start + 300) == .offline)
  }

  @Test func `an available session fades twice, and a busy one does not`() {
    var record = PresenceRecord()
    record.setSession(session(.available, at: start, seconds: 3600))
    #expect(record.nextChange(after: start) == start + 300)
    #expect(record.aggregate(at: start + 299) == .available)
    #expect("\(record.aggregate(at: start + 300))" == "Available/AvailableInactive")
    #expect(record.aggregate(at: start + 600) == .away)
    #expect(record.aggregate(at: start + 3600) == .offline)
    record.setSession(session(inACall, at: start, seconds: 3600))
    #expect(record.aggregate(at: start + 3599) == inACall)
    #expect(record.nextChange(after: start) == start + 3600)
  }

  @Test func `an application has one session, and clears only its own`() {
    var record = PresenceRecord()
    record.setSession(session(inACall, at: start, seconds: 300))
    record.setSession(session(.away, at: start, seconds: 300))
    record.setSession(session(.available, app: "b", at: start, seconds: 300))
    #expect(record.sessions.count == 2)
    let cleared = [record.clearSession(of: "a"), record.clearSession(of: "a")]
    #expect(cleared == [true, false])
    #expect(record.aggregate(at: start) == .available)
  }

  @Test func `settling reports a change once, with the stamp it got`() {
    var record = PresenceRecord()
    record.setSession(session(inACall, at: start, seconds: 300))
    let early = [record.settle(at: start, stamp: 7), record.settle(at: start + 299, stamp: 8)]
    #expect(early == [true, false])
    #expect(record.sequence == 7)
    let isChanged = record.settle(at: start + 300, stamp: 9)
    #expect(isChanged)
    #expect(record.shown == .offline && record.sequence == 9 && record.sessions.isEmpty)
  }
}
