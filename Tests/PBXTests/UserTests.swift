// The user table: reading it row by row, following it, and what the core learns of a user.

import PluginAPI
import Testing

@testable import PBX

@Suite struct UserTests {
  @Test func anEMailWithoutADomainGetsTheOneOfThePBX() throws {
    let text = """
      {"mt":"ReplicateUpdate","src":"r1","columns":{"guid":"g","h323":"cm","cn":"Charlotte Maihoff",
      "dn":"Maihoff, Charlotte","e164":403,"loc":"pbx-main","hide":"true","h323-email":true,
      "emails":[{"email":"charlotte"},{"email":"c@other.example"},{"nothing":1},7]}}
      """
    let row = try #require(Incoming(Array(text.utf8))?.columns)
    let user = try #require(PBXUser(row, domain: "example.com"))
    #expect(user.emails == ["cm@example.com", "charlotte@example.com", "c@other.example"])
    #expect(user.home == "pbx-main")
    #expect(
      UserRules().directoryUser(user)
        == DirectoryUser(
          id: "g", displayName: "Charlotte Maihoff",
          identities: [
            Identity(.email, "cm@example.com"), Identity(.email, "charlotte@example.com"),
            Identity(.email, "c@other.example"), Identity(.sip, "cm"), Identity(.number, "403"),
            Identity(.name, "Charlotte Maihoff"),
          ]))
    #expect(Set(UserRules().directoryUser(user).identities.map(\.kind)) == PBXPlugin.identityKinds)
    #expect(
      UserRules(hidden: .leaveOut).directoryUser(user).standing
        == .excluded(reason: "hidden in the PBX, and hidden_users is leave_out"))
  }

  @Test func aUserWithoutSIPNameIsShownWithTheReason() throws {
    let user = try #require(PBXUser(UserRow(guid: "g", cn: "Door"), domain: "example.com"))
    #expect(
      UserRules().directoryUser(user).standing == .excluded(reason: "has no SIP name in the PBX"))
    #expect(PBXUser(UserRow(guid: ""), domain: "example.com") == nil)
  }

  @Test func changesDuringTheFirstReadingAreNotLost() {
    var rig = SessionRig()
    rig.connect()
    _ = rig.receive(#"{"mt":"ReplicateStartResult","src":"r1"}"#)
    #expect(rig.receive(PBXText.row("ReplicateNextResult", src: "r1", guid: "a")).contains(.usersProgress(1)))
    _ = rig.receive(PBXText.row("ReplicateNextResult", src: "r1", guid: "b"))
    _ = rig.receive(PBXText.row("ReplicateAdd", src: "r1", guid: "c"))
    _ = rig.receive(PBXText.row("ReplicateDel", src: "r1", guid: "a"))
    let done = rig.receive(#"{"mt":"ReplicateNextResult","src":"r1"}"#)
    guard case .usersLoaded(let load)? = done.first else { return #expect(Bool(false), "not loaded") }
    #expect(Set(load.rows.map(\.guid)) == ["b", "c"])
    #expect(load.removed == ["a"])
  }

  @Test func changesAfterwardsComeOneByOne() {
    var rig = SessionRig()
    rig.connect()
    _ = rig.receive(#"{"mt":"ReplicateStartResult","src":"r1"}"#)
    _ = rig.receive(#"{"mt":"ReplicateNextResult","src":"r1","columns":{"guid":""}}"#)
    #expect(
      rig.receive(PBXText.row("ReplicateUpdate", src: "r1", guid: "a"))
        == [.userChanged(UserRow(guid: "a", h323: "sip-a", cn: "Name a", loc: "pbx"))])
    #expect(rig.receive(PBXText.row("ReplicateDel", src: "r1", guid: "a")) == [.userRemoved("a")])
    #expect(
      rig.receive(PBXText.row("ReplicateUpdate", src: "r0", guid: "a")) == [.ignored("ReplicateUpdate")])
  }

  @Test func aPBXThatDoesNotAnswerIsAskedAgainAndThenReported() {
    var rig = SessionRig()
    rig.connect()
    #expect(rig.advance(.seconds(15)).sent.map(\.mt) == ["ReplicateStart"])
    #expect(
      rig.advance(.seconds(15)).contains(.usersFailed("the PBX did not answer ReplicateStart within 15s")))
    _ = rig.receive(#"{"mt":"KeepAlive"}"#)
    #expect(rig.advance(.seconds(40)).sent.map(\.mt).contains("ReplicateStart"))
    let refused = #"{"mt":"ReplicateStartResult","src":"r3","error":5,"errorText":"no right"}"#
    let reader = rig.receive(refused).sent
    #expect(reader.map(\.src) == ["r4"] && reader.allSatisfy { $0.add == nil && $0.del == nil })
    #expect(
      rig.receive(refused.replacing("r3", with: "r4"))
        == [.usersFailed("the PBX refused ReplicateStart: no right (error 5)")])
  }

  @Test func onlyTheMasterIsAskedForUsers() {
    var rig = SessionRig()
    #expect(rig.connect(pbx: "slave").sent == [])
    var master = SessionRig()
    #expect(master.connect(pbx: "PBX").sent.map(\.mt) == ["ReplicateStart"])
    var unticked = SessionRig()
    #expect(unticked.connect(apis: ["PbxApi"]).sent == [])
  }

  @Test func theBacklogOfTheDirectoryKeepsTheNewest() throws {
    let user = DirectoryUser(id: "a", displayName: "A", identities: [])
    var backlog = DirectoryBacklog()
    backlog.upsert(user)
    backlog.remove("b")
    backlog.remove("a")
    let changes = backlog.take { [] }
    guard case .remove(let removed)? = changes.first, changes.count == 1 else {
      return #expect(Bool(false), "one removal expected")
    }
    #expect(removed == ["a", "b"])
    backlog.upsert(user)
    backlog.snapshot()
    backlog.remove("a")
    guard case .snapshot(let everyone)? = backlog.take(everyone: { [user] }).first else {
      return #expect(Bool(false), "a snapshot expected")
    }
    #expect(everyone == [user])
    #expect(backlog.take { [] }.isEmpty)
  }
}
