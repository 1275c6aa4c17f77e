// Resuming where the last reading ended, and what happens when the PBX cannot.

import PluginAPI
import Testing

@testable import PBX

@Suite struct ReplicationTests {
  private var now: Moment { Moment(nanoseconds: 0) }

  private func message(_ text: String) throws -> Incoming { try #require(Incoming(Array(text.utf8))) }

  private func row(_ guid: String, usn: Int?, src: String = "r1") throws -> Incoming {
    let number = usn.map { #","usn":\#($0)"# } ?? ""
    return try message(
      #"{"mt":"ReplicateNextResult","src":"\#(src)"\#(number),"columns":{"guid":"\#(guid)","h323":"\#(guid)"}}"#
    )
  }

  private func end(_ replication: inout Replication, src: String = "r1") throws -> UserLoad? {
    let last = try message(#"{"mt":"ReplicateNextResult","src":"\#(src)"}"#)
    for case .loaded(let load)? in [replication.handle(last, now: now)?.first] { return load }
    return nil
  }

  @Test func theFirstReadingIsFullAndLeavesAMark() throws {
    var replication = Replication(answerTimeout: .seconds(15))
    let start = replication.start(now)
    guard case .send(let request)? = start.first else { return #expect(Bool(false), "a request comes first") }
    #expect(request.guid == nil && request.usn == nil)
    #expect(request.pseudo == ["", "executive"])
    _ = replication.handle(
      try message(#"{"mt":"ReplicateStartResult","src":"r1","guid":"db","usn":99}"#), now: now)
    _ = replication.handle(try row("a", usn: 3), now: now)
    _ = replication.handle(try row("b", usn: 7), now: now)
    let load = try #require(try end(&replication))
    #expect(load.isDelta == false && load.rows.count == 2)
    #expect(replication.mark == ReplicationMark(guid: "db", usn: 7))
    let update = #"{"mt":"ReplicateUpdate","src":"r1","usn":9,"columns":{"guid":"a","h323":"x"}}"#
    _ = replication.handle(try message(update), now: now)
    #expect(replication.mark?.usn == 9)
  }

  @Test func aSecondReadingBringsChangesOnly() throws {
    var replication = Replication(answerTimeout: .seconds(15), mark: ReplicationMark(guid: "db", usn: 7))
    guard case .send(let request)? = replication.start(now).first else {
      return #expect(Bool(false), "a request comes first")
    }
    #expect(request.guid == "db" && request.usn == 7)
    _ = replication.handle(
      try message(#"{"mt":"ReplicateStartResult","src":"r1","guid":"db","usn":9}"#), now: now)
    _ = replication.handle(try row("a", usn: 8), now: now)
    let gone = #"{"mt":"ReplicateDel","src":"r1","columns":{"guid":"b"}}"#
    _ = replication.handle(try message(gone), now: now)
    let load = try #require(try end(&replication))
    #expect(load == UserLoad(rows: [UserRow(guid: "a", h323: "a")], removed: ["b"], isDelta: true))
    #expect(replication.mark?.usn == 8)
  }

  @Test func anotherDatabaseIsReadInFull() throws {
    var replication = Replication(answerTimeout: .seconds(15), mark: ReplicationMark(guid: "old", usn: 700))
    _ = replication.start(now)
    _ = replication.handle(try message(#"{"mt":"ReplicateStartResult","src":"r1","guid":"new"}"#), now: now)
    _ = replication.handle(try row("a", usn: 1), now: now)
    #expect(try end(&replication)?.isDelta == false)
    #expect(replication.mark == ReplicationMark(guid: "new", usn: 1))
  }

  @Test func aPBXThatWasSetBackIsReadInFull() throws {
    var replication = Replication(answerTimeout: .seconds(15), mark: ReplicationMark(guid: "db", usn: 700))
    _ = replication.start(now)
    let answer = #"{"mt":"ReplicateStartResult","src":"r1","guid":"db","usn":90}"#
    guard case .send(let again)? = replication.handle(try message(answer), now: now)?.first else {
      return #expect(Bool(false), "it is asked anew")
    }
    #expect(again.mt == "ReplicateStart" && again.usn == nil && again.guid == nil)
    _ = replication.handle(
      try message(#"{"mt":"ReplicateStartResult","src":"r2","guid":"db","usn":90}"#), now: now)
    _ = replication.handle(try row("a", usn: 90, src: "r2"), now: now)
    #expect(try end(&replication, src: "r2")?.isDelta == false)
    #expect(replication.mark == ReplicationMark(guid: "db", usn: 90))
  }

  @Test func aPBXThatSendsEverybodyAllTheSameIsNoticed() throws {
    var replication = Replication(answerTimeout: .seconds(15), mark: ReplicationMark(guid: "db", usn: 7))
    _ = replication.start(now)
    _ = replication.handle(try message(#"{"mt":"ReplicateStartResult","src":"r1","guid":"db"}"#), now: now)
    _ = replication.handle(try row("a", usn: 2), now: now)
    #expect(try end(&replication)?.isDelta == false)
  }

  @Test func rowsWithoutNumbersLeaveNoMark() throws {
    var replication = Replication(answerTimeout: .seconds(15))
    _ = replication.start(now)
    _ = replication.handle(
      try message(#"{"mt":"ReplicateStartResult","src":"r1","guid":"db","usn":4}"#), now: now)
    _ = replication.handle(try row("a", usn: nil), now: now)
    #expect(try end(&replication)?.rows.count == 1)
    #expect(replication.mark == nil)
  }

  @Test func rowsThatAllBearTheNewestNumberLeaveNoMark() throws {
    var replication = Replication(answerTimeout: .seconds(15))
    _ = replication.start(now)
    _ = replication.handle(
      try message(#"{"mt":"ReplicateStartResult","src":"r1","guid":"db","usn":4}"#), now: now)
    for guid in ["a", "b"] { _ = replication.handle(try row(guid, usn: 4), now: now) }
    #expect(try end(&replication)?.rows.count == 2)
    #expect(replication.mark == nil)
  }

  @Test func aRefusedPlaceIsGivenUpAndThenTheWish() throws {
    var replication = Replication(answerTimeout: .seconds(15), mark: ReplicationMark(guid: "db", usn: 7))
    _ = replication.start(now)
    var forms: [String] = []
    for run in 1...3 {
      let refusal = try message(#"{"mt":"ReplicateStartResult","src":"r\#(run)","error":1}"#)
      for effect in replication.handle(refusal, now: now) ?? [] {
        if case .send(let request) = effect {
          forms.append("usn \(request.usn ?? 0) add \(request.add == true)")
        }
        if case .failed(let reason) = effect { forms.append(reason) }
      }
    }
    #expect(
      forms == ["usn 0 add true", "usn 0 add false", "the PBX refused ReplicateStart: error 1"],
      "first in full, then as a pure reader, then with a pause")
  }
}
