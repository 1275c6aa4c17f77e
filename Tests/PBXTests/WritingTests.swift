// Writing: one message for one change, alien calls for calls, and no echo of our own doing.

import PluginAPI
import Testing

@testable import PBX

@Suite struct WritingTests {
  let call = Presence(.available, call: .connected)

  private func up() -> SessionRig {
    var rig = SessionRig()
    rig.connect(pbx: "slave")
    _ = rig.watch("u")
    return rig
  }

  /// Answers CreateApi and AddAlienCall; returns the effects of the last answer.
  private func addCall(_ rig: inout SessionRig, _ create: [PBXSession.Effect]) -> [PBXSession.Effect] {
    let source = create.sent.first { $0.mt == "CreateApi" }?.src ?? "?"
    let add = rig.receive(#"{"mt":"CreateApiResult","src":"\#(source)","target":"PbxApi.0"}"#)
    return rig.receive(
      #"{"api":"PbxApi.0","mt":"AddAlienCallResult","src":"\#(add.sent.first?.src ?? "?")","id":17}"#)
  }

  @Test func aCallIsAnAlienCallOfTheUser() throws {
    var rig = up()
    let create = rig.deliver("u", call)
    #expect(
      create.sent.map(\.text) == [
        Array(
          #"{"api":"PbxImpersonation","mt":"CreateApi","sip":"sip-u","src":"i1:u","target":"PbxApi"}"#.utf8)
      ])
    let add = rig.receive(#"{"mt":"CreateApiResult","src":"i1:u","target":"PbxApi.0"}"#)
    #expect(add.sent == [.addAlienCall(target: "PbxApi.0", src: "c2:u")])
    #expect(add.outcomes == [], "delivered only when the PBX shows the call")
    let added = rig.receive(#"{"api":"PbxApi.0","mt":"AddAlienCallResult","src":"c2:u","id":17}"#)
    #expect(added.outcomes == [.delivered(lease: nil)])

    #expect(rig.deliver("u", call, previous: call).outcomes == [.delivered(lease: nil)])

    let remove = rig.deliver("u", .available, previous: call)
    #expect(remove.sent == [.deleteAlienCall(target: "PbxApi.0", id: 17, src: "d3:u")])
    let removed = rig.receive(#"{"api":"PbxApi.0","mt":"DelAlienCallResult","src":"d3:u"}"#)
    #expect(removed.sent == [.deleteAPI("PbxApi.0")])
    #expect(removed.outcomes == [.delivered(lease: nil)])
  }

  @Test func ourOwnCallIsNeverReportedAsOne() {
    var rig = up()
    let create = rig.deliver("u", call)
    _ = addCall(&rig, create)
    let onThePhone = PBXText.presence("u", #"{"contact":"tel:","activity":"on-the-phone"}"#)
    #expect(rig.receive(onThePhone).reported == [.available])

    // The answer to the removal may be there before the list changes.
    let remove = rig.deliver("u", .available, previous: call)
    let source = remove.sent[0].src ?? "?"
    #expect(rig.receive(#"{"mt":"DelAlienCallResult","src":"\#(source)"}"#).reported == [])
    #expect(rig.receive(onThePhone).reported == [])
    #expect(rig.receive(PBXText.presence("u", "")).reported == [])
    #expect(rig.receive(onThePhone).reported == [Presence(.available, call: .connected)], "a real call again")
  }

  @Test func aRealCallHiddenBehindOursComesOut() {
    var rig = up()
    let onThePhone = PBXText.presence("u", #"{"contact":"tel:","activity":"on-the-phone"}"#)
    #expect(rig.receive(onThePhone).reported == [call])
    let create = rig.deliver("u", call)
    #expect(create.reported == [.available], "while we hold a call, nobody can tell")
    _ = addCall(&rig, create)
    let remove = rig.deliver("u", .available, previous: call)
    _ = rig.receive(#"{"mt":"DelAlienCallResult","src":"\#(remove.sent[0].src ?? "?")"}"#)
    #expect(rig.advance(.milliseconds(1900)).reported == [])
    #expect(rig.advance(.milliseconds(100)).reported == [call])
  }

  @Test func onlyWhatDiffersIsSent() {
    var rig = up()
    #expect(rig.deliver("u", Presence(.busy), previous: Presence(.busy)).outcomes == [.delivered(lease: nil)])
    let change = rig.deliver("u", Presence(.doNotDisturb, call: .connected), previous: Presence(.busy))
    #expect(change.sent.map(\.mt) == ["SetPresence", "CreateApi"])
    _ = addCall(&rig, change)
    let set = rig.receive(#"{"mt":"SetPresenceResult","src":"w1:u"}"#)
    #expect(set.outcomes == [.delivered(lease: nil)], "one outcome when both parts are done")
    let end = rig.deliver("u", Presence(.doNotDisturb), previous: Presence(.doNotDisturb, call: .connected))
    #expect(end.sent.map(\.mt) == ["DelAlienCall"])
  }

  @Test func aRefusalIsShownForTheUser() {
    var rig = up()
    _ = rig.deliver("u", Presence(.busy))
    #expect(
      rig.receive(#"{"mt":"SetPresenceResult","src":"w1:u","error":2,"errorText":"no such user"}"#).outcomes
        == [.rejected(reason: "the PBX refused SetPresence: no such user (error 2)")])
    #expect(rig.deliver("u", .available).sent.map(\.activity) == [""], "what the PBX holds now is not known")

    var other = up()
    let create = other.deliver("u", call)
    #expect(
      other.receive(#"{"mt":"CreateApiResult","src":"\#(create.sent[0].src ?? "?")","error":"7"}"#).outcomes
        == [.rejected(reason: "the PBX refused CreateApi: error 7")])
  }

  @Test func anUnansweredWriteIsRepeated() {
    var rig = up()
    _ = rig.deliver("u", Presence(.busy))
    _ = rig.receive(#"{"mt":"KeepAlive"}"#)
    #expect(
      rig.advance(.seconds(15)).outcomes == [
        .retry(after: nil, reason: "the PBX did not answer within 15s")
      ])
    #expect(rig.deliver("u", Presence(.busy), previous: Presence(.busy)).sent.map(\.mt) == ["SetPresence"])
    #expect(rig.receive(#"{"mt":"SetPresenceResult","src":"w1:u"}"#).outcomes == [], "of the older one")
    _ = rig.advance(.seconds(15))
    _ = rig.receive(#"{"mt":"SetPresenceResult","src":"w2:u"}"#)
    #expect(rig.deliver("u", Presence(.busy), previous: Presence(.busy)).sent == [], "late, but it arrived")
  }

  @Test func aRepairIsSentUnlessThePBXHasAnsweredForIt() {
    var rig = up()
    let repair = rig.deliver("u", Presence(.busy), previous: Presence(.busy), repair: true)
    #expect(repair.sent.map(\.activity) == ["busy"])
    _ = rig.receive(#"{"mt":"SetPresenceResult","src":"w1:u"}"#)
    let again = rig.deliver("u", Presence(.busy), previous: Presence(.busy), repair: true)
    #expect(again == [.settled(token: 1, .delivered(lease: nil))])
  }

  @Test func answersThatComeTooLateLeaveNoCallBehind() {
    var rig = up()
    _ = rig.deliver("u", call)
    _ = rig.advance(.seconds(15))
    #expect(
      rig.receive(#"{"mt":"CreateApiResult","src":"i1:u","target":"PbxApi.0"}"#).sent == [
        .deleteAPI("PbxApi.0")
      ])

    let create = rig.deliver("u", call, token: 2)
    let source = create.sent[0].src ?? "?"
    let add = rig.receive(#"{"mt":"CreateApiResult","src":"\#(source)","target":"PbxApi.1"}"#)
    _ = rig.advance(.seconds(15))
    #expect(rig.deliver("u", .available, previous: call, token: 3).sent == [.deleteAPI("PbxApi.1")])
    let late = rig.receive(
      #"{"api":"PbxApi.1","mt":"AddAlienCallResult","src":"\#(add.sent[0].src ?? "?")","id":4}"#)
    #expect(late.sent.map(\.mt) == ["DelAlienCall", "DeleteApi"])
  }

  @Test func aRemovalThatIsAnsweredTooLateIsTakenForDone() {
    var rig = up()
    let create = rig.deliver("u", call)
    _ = addCall(&rig, create)
    let remove = rig.deliver("u", .available, previous: call)
    _ = rig.advance(.seconds(15))
    #expect(rig.deliver("u", call, previous: call).outcomes == [.delivered(lease: nil)])
    let late = rig.receive(#"{"mt":"DelAlienCallResult","src":"\#(remove.sent[0].src ?? "?")"}"#)
    #expect(late.contains(.lostCall("u")), "the call wanted meanwhile is gone with it")
  }

  @Test func withoutImpersonationACallIsBusy() {
    var rig = SessionRig()
    rig.connect(pbx: "slave", apis: ["PbxApi"])
    let begin = rig.deliver("u", call)
    #expect(begin.sent.map(\.activity) == ["busy"])
    _ = rig.receive(#"{"mt":"SetPresenceResult","src":"w1:u"}"#)
    #expect(rig.deliver("u", .available, previous: call).sent.map(\.activity) == [""])
  }

  @Test func aLostConnectionAnswersWhatWasUnderWay() {
    var rig = up()
    _ = rig.deliver("u", Presence(.busy), token: 9)
    #expect(
      rig.session.end("PBX slave: the connection was lost", now: rig.now)
        == [.settled(token: 9, .retry(after: nil, reason: "PBX slave: the connection was lost"))])
    #expect(rig.session.writes.written["u"] == .uncertain)
  }

  @Test func whoLeavesThePBXTakesTheirCallAlong() {
    var rig = up()
    let create = rig.deliver("u", call)
    _ = addCall(&rig, create)
    #expect(
      rig.session.release("u", now: rig.now).sent.map(\.mt) == [
        "UnsubscribePresence", "DelAlienCall", "DeleteApi",
      ])
  }

  @Test func aNoteIsPartOfTheEntry() {
    var rig = up()
    let away = Presence(.away, note: Note("dentist"))
    let set = rig.deliver("u", away)
    #expect(set.sent.map(\.note) == ["dentist"])
    _ = rig.receive(#"{"mt":"SetPresenceResult","src":"w1:u"}"#)
    #expect(rig.deliver("u", away, previous: away).sent.isEmpty)
    #expect(rig.deliver("u", Presence(.away), previous: away).sent.map(\.note) == [""])
  }
}
