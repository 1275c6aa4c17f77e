// The user table as a gateway reads it: row by row, live, and as a delta.

import Testing

@testable import Sandbox

@Suite struct PBXReplicationTests {
  private func start(_ pbx: inout PBXConversation, _ more: String = "") -> [String] {
    pbx.say(
      #"{"api":"PbxTableUsers","mt":"ReplicateStart","src":"r1","add":true,"del":true,"#
        + #""columns":{"guid":{},"h323":{},"cn":{},"loc":{},"h323-email":{},"emails":{},"x":{}},"#
        + #""pseudo":[""]\#(more)}"#
    )
  }
  private func next(_ pbx: inout PBXConversation) -> [String] {
    pbx.say(#"{"api":"PbxTableUsers","mt":"ReplicateNext","src":"r1"}"#)
  }
  private let end = #"{"mt":"ReplicateNextResult","src":"r1","api":"PbxTableUsers"}"#
  private func row(_ mt: String, _ usn: Int, _ person: SandboxPerson, mail: String) -> String {
    #"{"mt":"\#(mt)","src":"r1","api":"PbxTableUsers","usn":\#(usn),"#
      + #""columns":{"cn":"\#(person.displayName)","#
      + #""guid":"\#(person.pbxGUID)","h323":"\#(person.sip)","loc":"pbx",\#(mail)}}"#
  }

  @Test func handsOutOneRowForEachRequest() {
    var pbx = PBXConversation.serving()
    #expect(
      start(&pbx) == [
        #"{"mt":"ReplicateStartResult","src":"r1","api":"PbxTableUsers","#
          + #""guid":"\#(pbx.world.databaseGUID)","usn":3,"#
          + #""columns":{"cn":{},"emails":{},"guid":{},"h323":{},"h323-email":{},"loc":{}}}"#
      ])
    let (ada, bob, eve) = (pbx.person(0), pbx.person(1), pbx.person(2))
    #expect(
      next(&pbx) == [row("ReplicateNextResult", 1, ada, mail: #""emails":[{"email":"\#(ada.email)"}]"#)])
    #expect(next(&pbx) == [row("ReplicateNextResult", 2, bob, mail: #""h323-email":true"#)])
    #expect(next(&pbx) == [row("ReplicateNextResult", 3, eve, mail: #""emails":[{"email":"\#(eve.sip)"}]"#)])
    #expect(next(&pbx) == [end])
    #expect(next(&pbx) == [end])
    #expect(pbx.session.replicatedRows == 3)
  }

  @Test func tellsLiveChangesAfterwards() {
    var pbx = PBXConversation.serving()
    _ = start(&pbx)
    for _ in 0..<4 { _ = next(&pbx) }
    let guid = pbx.person(0).pbxGUID
    let renamed = pbx.meanwhile { $0.rename(guid: guid, sip: "ada.new", displayName: "Ada New") }
    #expect(
      renamed == [
        #"{"mt":"ReplicateUpdate","src":"r1","api":"PbxTableUsers","usn":4,"columns":{"cn":"Ada New","#
          + #""guid":"\#(guid)","h323":"ada.new","loc":"pbx","#
          + #""emails":[{"email":"\#(pbx.person(0).email)"}]}}"#
      ])
    let new = PBXUser(guid: "ab", sip: "new", cn: "New", number: "99", mail: .absent, loc: "pbx")
    #expect(
      pbx.meanwhile { $0.add(new) } == [
        #"{"mt":"ReplicateAdd","src":"r1","api":"PbxTableUsers","usn":5,"#
          + #""columns":{"cn":"New","guid":"ab","h323":"new","loc":"pbx"}}"#
      ])
    #expect(
      pbx.meanwhile { $0.remove(guid: "ab") }
        == [#"{"mt":"ReplicateDel","src":"r1","api":"PbxTableUsers","columns":{"guid":"ab"}}"#])
  }

  @Test func changesDuringTheLoadAreTakenUpOnce() {
    var pbx = PBXConversation.serving()
    _ = start(&pbx)
    _ = next(&pbx)
    let (first, second, third) = (pbx.person(0).pbxGUID, pbx.person(1).pbxGUID, pbx.person(2).pbxGUID)
    #expect(pbx.meanwhile { $0.rename(guid: first, displayName: "A") }.count == 1)
    #expect(pbx.meanwhile { $0.rename(guid: third, displayName: "C") }.isEmpty)
    #expect(pbx.meanwhile { $0.remove(guid: second) }.isEmpty)
    let new = PBXUser(guid: "ab", sip: "new", cn: "New", number: "99", mail: .absent, loc: "pbx")
    #expect(pbx.meanwhile { $0.add(new) }.isEmpty)
    #expect(next(&pbx).first?.contains(#""cn":"C""#) == true)
    #expect(next(&pbx).first?.contains(#""cn":"New""#) == true)
    #expect(next(&pbx) == [end])
  }

  @Test func aDeltaTellsWhatIsNewAndWhatIsGone() {
    var pbx = PBXConversation.serving()
    let (first, second) = (pbx.person(0).pbxGUID, pbx.person(1).pbxGUID)
    _ = pbx.meanwhile { $0.rename(guid: first, displayName: "A") }
    _ = pbx.meanwhile { $0.remove(guid: second) }
    #expect(start(&pbx, #","guid":"\#(pbx.world.databaseGUID)","usn":3"#).count == 1)
    #expect(next(&pbx).first?.contains(#""cn":"A""#) == true)
    #expect(
      next(&pbx) == [
        end, #"{"mt":"ReplicateDel","src":"r1","api":"PbxTableUsers","columns":{"guid":"\#(second)"}}"#,
      ])
    #expect(next(&pbx) == [end])
  }

  @Test func aDeltaOfAnotherDatabaseIsAFullReplication() {
    var pbx = PBXConversation.serving()
    _ = start(&pbx, #","guid":"ffffffffffffffffffffffffffffffff","usn":3"#)
    var ends: [Bool] = []
    for _ in 0..<4 { ends.append(next(&pbx) == [end]) }
    #expect(ends == [false, false, false, true])
  }

  @Test func aSlaveWithoutFullReplicationKnowsItsOwnUsers() {
    var pbx = PBXConversation.serving(pbxs: ["pbx", "slave"]) {
      $0.name = "slave"
      $0.homedUsersOnly = true
    }
    _ = start(&pbx)
    #expect(next(&pbx).first?.contains(pbx.person(1).pbxGUID) == true)
    #expect(next(&pbx) == [end])
    let guid = pbx.person(1).pbxGUID
    #expect(pbx.meanwhile { $0.move(guid: guid, to: "pbx") }.first?.contains("ReplicateDel") == true)
  }

  @Test func refusesWhatHurtsARealPBX() {
    var pbx = PBXConversation.serving()
    #expect(
      pbx.say(#"{"api":"PbxTableUsers","mt":"ReplicateStart","src":"r1","columns":{"guid":{}}}"#) == [
        #"{"mt":"ReplicateStartResult","src":"r1","api":"PbxTableUsers","error":1,"#
          + #""errorText":"add and del must be true"}"#
      ])
    #expect(pbx.say(#"{"api":"PbxTableUsers","mt":"ReplicateDel","src":"r1"}"#).isEmpty)
    let types = (0...20).map { #""t\#($0)""# }.joined(separator: ",")
    #expect(
      pbx.say(
        #"{"api":"PbxTableUsers","mt":"ReplicateStart","src":"r1","add":true,"del":true,"#
          + #""columns":{"guid":{}},"# + #""pseudo":[\#(types)]}"#
      ).isEmpty)
    #expect(pbx.closed == "ReplicateStart: more than 20 pseudo types")
  }
}
