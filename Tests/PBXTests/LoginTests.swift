// Only the App object of a PBX gets in; each kind of wrong login is refused for its reason.

import PluginAPI
import Testing

@testable import PBX

@Suite struct LoginTests {
  let challenge = "0123456789abcdef"

  private func refusal(_ effects: [PBXSession.Effect]) -> LoginRefusal? {
    for case .refused(let reason) in effects { return reason }
    return nil
  }

  private func login(_ rig: inout SessionRig, _ text: String) -> [PBXSession.Effect] {
    _ = rig.receive(#"{"mt":"AppChallenge"}"#)
    return rig.receive(text)
  }

  @Test func theTranscriptOfTheNotes() throws {
    var rig = SessionRig { $0.newChallenge = { "8184f7315578f35b" } }
    let challenged = rig.receive(#"{"mt":"AppChallenge"}"#)
    #expect(challenged == [.send(.challenge("8184f7315578f35b", src: nil))])
    #expect(
      challenged.sent[0].text
        == Array(#"{"challenge":"8184f7315578f35b","mt":"AppChallengeResult"}"#.utf8))

    let accepted = rig.receive(PBXText.login(challenge: "8184f7315578f35b"))
    #expect(
      accepted.sent.map(\.text) == [
        Array(#"{"app":"microsoft365","domain":"example.com","mt":"AppLoginResult","ok":true}"#.utf8)
      ])

    let info = rig.receive(PBXText.info(pbx: "pbx", apis: ["PbxApi", "PbxTableUsers", "PbxImpersonation"]))
    #expect(rig.session.identity?.pbx == "pbx")
    let start = try #require(info.sent.first)
    #expect(start.mt == "ReplicateStart")
    #expect(start.pseudo == ["", "executive"])
    #expect(start.columns?["pwd"] == nil)
    #expect(start.columns?["guid"] == [:])

    let next = rig.receive(#"{"mt":"ReplicateStartResult","src":"r1","guid":"db","usn":7,"columns":{}}"#)
    #expect(next.sent.map(\.mt) == ["ReplicateNext"])
    let again = rig.receive(PBXText.row("ReplicateNextResult", src: "r1", guid: "u1"))
    #expect(again.sent.map(\.mt) == ["ReplicateNext"])
    let done = rig.receive(#"{"mt":"ReplicateNextResult","src":"r1","api":"PbxTableUsers"}"#)
    let row = UserRow(guid: "u1", h323: "sip-u1", cn: "Name u1", loc: "pbx")
    #expect(done == [.usersLoaded(UserLoad(rows: [row], removed: [], isDelta: false))])

    let subscribed = rig.watch("u1")
    #expect(
      subscribed.sent.map(\.text) == [
        Array(#"{"api":"PbxApi","mt":"SubscribePresence","sip":"sip-u1","src":"p:u1"}"#.utf8)
      ])
    let written = rig.deliver("u1", Presence(.busy))
    #expect(
      written.sent.map(\.text) == [
        Array(
          (#"{"activity":"busy","api":"PbxApi","contact":"teams:","guid":"u1","mt":"SetPresence","note":"","#
            + #""src":"w1:u1"}"#).utf8)
      ])
    #expect(
      rig.receive(#"{"mt":"SetPresenceResult","src":"w1:u1","api":"PbxApi"}"#).outcomes == [
        .delivered(lease: nil)
      ])
  }

  @Test func aWrongPasswordIsAnsweredAndClosed() {
    var rig = SessionRig()
    let effects = login(&rig, PBXText.login(challenge: challenge, password: "guess"))
    #expect(
      effects == [
        .send(.loginRefused("wrong password", src: nil)), .refused(.wrongDigest), .close("wrong password"),
      ])
    #expect(rig.receive(PBXText.info(pbx: "pbx", apis: [])) == [], "nothing is heard after a refusal")
  }

  @Test func aChallengeIsGoodForOneLogin() {
    var rig = SessionRig()
    #expect(refusal(rig.receive(PBXText.login(challenge: challenge))) == .noChallenge)

    var replay = SessionRig { $0.newChallenge = { "fedcba9876543210" } }
    #expect(refusal(login(&replay, PBXText.login(challenge: challenge))) == .wrongDigest)
  }

  @Test func aUserIsNeverTakenForThePBX() {
    let asUser: [String] = [
      PBXText.login(challenge: challenge, extra: #","pbxObj":"presence-gw""#),
      // The digest does not cover pbxObj: a user who leaves it out is still told by what `info` says.
      PBXText.login(challenge: challenge, sip: "johndoe"),
      PBXText.login(challenge: challenge, info: #"{"appobj":"presence-gw","groups":[]}"#),
      // The digest joins its members by colons: a user's `info` behind their name is hashed like one of its own.
      PBXText.login(
        challenge: challenge, sip: "joe", dn: #"Joe:{"appobj":"presence-gw","cn":"Joe","groups":[]}"#,
        info: nil),
      PBXText.login(challenge: challenge, info: nil),
      PBXText.login(challenge: challenge, info: "{}"),
      PBXText.login(challenge: challenge, info: #"["appobj"]"#),
      PBXText.login(challenge: challenge, sip: "", info: #"{"appobj":""}"#),
      PBXText.login(challenge: challenge, guid: String(repeating: "0", count: 32)),
    ]
    for text in asUser {
      var rig = SessionRig()
      let effects = login(&rig, text)
      #expect(effects.contains(.visited) && effects.sent.map(\.ok) == [true])
      for message in [
        PBXText.info(pbx: "pbx", apis: ["PbxApi", "PbxTableUsers"]),
        #"{"mt":"ReplicateNextResult","src":"r1"}"#, PBXText.presence("u1", #"{"contact":"tel:"}"#),
      ] {
        let heard = rig.receive(message)
        #expect(heard.count == 1 && heard.sent.isEmpty)
        guard case .ignored = heard.first else {
          Issue.record("\(heard)")
          continue
        }
      }
      #expect(rig.session.identity == nil)
    }
  }

  @Test func noColonMovesTheEndOfAName() {
    let cut = [
      PBXText.login(challenge: challenge, sip: "presence-gw:x"),
      PBXText.login(challenge: challenge, domain: "example.com:presence-gw"),
      PBXText.login(challenge: challenge, guid: "8e7c:Joe"),
    ]
    for text in cut {
      var rig = SessionRig()
      #expect(refusal(login(&rig, text)) == .notAProtocol)
    }
  }

  @Test func oneLoginPerConnection() {
    var rig = SessionRig()
    rig.connect()
    #expect(refusal(rig.receive(PBXText.login(challenge: challenge))) == .again)
    var other = SessionRig()
    other.connect()
    #expect(refusal(other.receive(#"{"mt":"AppChallenge"}"#)) == .again)
  }

  @Test func anotherDomainIsRefusedWhenOneIsConfigured() {
    var rig = SessionRig { $0.domain = "Example.COM" }
    #expect(refusal(login(&rig, PBXText.login(challenge: challenge))) == nil)
    var other = SessionRig { $0.domain = "contoso.example" }
    #expect(refusal(login(&other, PBXText.login(challenge: challenge))) == .otherDomain)
    var later = SessionRig { $0.domain = "example.com" }
    _ = login(&later, PBXText.login(challenge: challenge))
    #expect(
      refusal(later.receive(PBXText.info(pbx: "pbx", domain: "contoso.example", apis: []))) == .otherDomain,
      "what PbxInfo says is held against it too")
  }

  @Test func loginsWithOneOfSeveralPasswordsWork() {
    var rig = SessionRig { $0.passwords = { ["new", "pwd"] } }
    #expect(refusal(login(&rig, PBXText.login(challenge: challenge))) == nil)
    #expect(rig.session.isLoggedIn)
    let info = rig.receive(PBXText.info(pbx: "pbx", apis: []))
    #expect(rig.session.identity?.passwordIsOld == true, "it was the second one: \(info)")
    // An unreadable password of now leaves those of before good, and old.
    var unreadable = SessionRig { $0.passwords = { ["", "pwd"] } }
    unreadable.connect()
    #expect(unreadable.session.identity?.passwordIsOld == true)
    var current = SessionRig { $0.passwords = { ["pwd", "older"] } }
    current.connect()
    #expect(current.session.identity?.passwordIsOld == false)
    var none = SessionRig { $0.passwords = { ["", ""] } }
    #expect(refusal(login(&none, PBXText.login(challenge: challenge, password: ""))) == .noPassword)
  }

  @Test func whoDoesNotLogInIsShownTheDoor() {
    var silent = SessionRig()
    #expect(silent.advance(.seconds(14)) == [])
    #expect(silent.advance(.seconds(1)) == [.refused(.tooLate), .close("no login in time")])

    var nameless = SessionRig()
    _ = login(&nameless, PBXText.login(challenge: challenge))
    #expect(nameless.advance(.seconds(15)) == [.close("no PbxInfo after the login")])

    var garbage = SessionRig()
    #expect(refusal(garbage.receive("GET / HTTP/1.1")) == .notAProtocol)
  }

  @Test func unknownMessagesAreIgnored() {
    var rig = SessionRig()
    rig.connect()
    #expect(rig.receive(#"{"mt":"SomethingNew","x":[1,2]}"#) == [.ignored("SomethingNew")])
    #expect(rig.receive("{}") == [.ignored("")])
    #expect(rig.receive("not json") == [.ignored("not JSON")])
    #expect(rig.receive(#"{"mt":"AppInfo","app":"x"}"#).sent.map(\.mt) == ["AppInfoResult"])
    #expect(rig.session.identity != nil)
  }

  @Test func aSilentPBXIsAskedBeforeItIsGivenUp() {
    var rig = SessionRig()
    rig.connect(pbx: "slave")
    #expect(rig.advance(.seconds(30)).sent == [.keepAlive])
    #expect(rig.advance(.seconds(30)).sent == [.nodeInfo, .keepAlive])
    _ = rig.receive(#"{"mt":"GetNodeInfoResult","src":"n","api":"PbxApi"}"#)
    #expect(rig.advance(.seconds(30)).sent == [.keepAlive])
    #expect(rig.advance(.seconds(30)).sent == [.nodeInfo, .keepAlive])
    #expect(rig.advance(.seconds(30)) == [.close("nothing received for 90s")])
  }
}
