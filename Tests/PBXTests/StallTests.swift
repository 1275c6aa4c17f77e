// A PBX that hangs is left alone, asked whether it is there, and dropped, while the others are written to.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct StallTests {
  private func up() -> SessionRig {
    var rig = SessionRig()
    rig.connect(pbx: "slave")
    return rig
  }
  private func probes(_ effects: [PBXSession.Effect]) -> Int { effects.sent.count { $0 == .nodeInfo } }

  @Test func eightUnansweredOrdersAreEnough() {
    var rig = up()
    for index in 1...20 { _ = rig.deliver("u\(index)", Presence(.busy), token: index) }
    #expect(rig.advance(.seconds(2)) == [])
    #expect(!rig.session.writes.answers.isStalled)
    let effects = rig.advance(.milliseconds(50))
    #expect(rig.session.writes.answers.isStalled)
    let settled = Set(effects.compactMap { if case .settled(let token, _) = $0 { token } else { nil } })
    #expect(settled == Set(9...20), "the oldest eight stay")
    #expect(
      effects.outcomes.allSatisfy { $0 == .retry(after: .seconds(5), reason: "the PBX does not answer") })
    // Any answer ends it, and one that came late is taken for what it says.
    #expect(rig.receive(#"{"mt":"SetPresenceResult","src":"w9:u9"}"#).outcomes == [])
    #expect(!rig.session.writes.answers.isStalled)
    let again = rig.deliver("u9", Presence(.busy), previous: Presence(.busy), token: 29, repair: true)
    #expect(again == [.settled(token: 29, .delivered(lease: nil))])
  }

  @Test func fewerAreWaitedFor() {
    var rig = up()
    for index in 1...7 { _ = rig.deliver("u\(index)", Presence(.busy), token: index) }
    #expect(rig.advance(.seconds(14)) == [])
    #expect(!rig.session.writes.answers.isStalled)
  }

  @Test func oneUnansweredWriteIsFollowedByAQuestion() {
    var rig = up()
    _ = rig.deliver("u", Presence(.busy))
    #expect(probes(rig.advance(.seconds(14))) == 0)
    _ = rig.receive(#"{"mt":"KeepAlive"}"#)
    let effects = rig.advance(.seconds(1))
    #expect(effects.outcomes.count == 1 && probes(effects) == 1)
    #expect(!rig.session.writes.answers.isStalled, "one may get lost")
    _ = rig.receive(#"{"mt":"KeepAlive"}"#)
    #expect(probes(rig.advance(.seconds(14))) == 0)
    #expect(rig.advance(.seconds(1)).contains(.close("neither a write nor GetNodeInfo was answered for 30s")))
  }

  @Test func anAnswerToTheQuestionKeepsTheConnection() {
    var rig = up()
    for turn in 1...5 {
      for user in ["u", "v"] { _ = rig.deliver(user, turn.isMultiple(of: 2) ? .available : Presence(.busy)) }
      #expect(probes(rig.advance(.seconds(15))) == 1)
      #expect(rig.session.writes.answers.isStalled, "two timeouts in a row")
      _ = rig.receive(#"{"mt":"GetNodeInfoResult","src":"n","api":"PbxApi"}"#)
      #expect(!rig.session.writes.answers.isStalled)
      #expect(!rig.session.isClosed)
    }
  }

  @Test func withoutPbxApiNothingIsAsked() {
    var rig = SessionRig()
    rig.connect(pbx: "slave", apis: ["PbxImpersonation"])
    for _ in 0..<4 {
      for index in 1...20 { _ = rig.deliver("u\(index)", Presence(.busy), repair: true) }
      _ = rig.receive(#"{"mt":"KeepAlive"}"#)
      #expect(rig.advance(.seconds(3)) == [], "nothing could end a stall")
      #expect(rig.advance(.seconds(12)).outcomes.count == 20)
      #expect(!rig.session.writes.answers.isStalled)
    }
    #expect(!rig.session.isClosed)
  }

  @Test func usersOfAnotherPBXDoNotWait() async throws {
    let rig = PluginRig()
    let slaves = (0..<30).map { (guid: "s\($0)", loc: "slave") }
    func busy(_ user: String) -> PresenceUpdate {
      PresenceUpdate(user: UserID(user), presence: Presence(.busy), previous: nil, cause: .change)
    }
    try await rig.run {
      let master = await rig.connect()
      await rig.replicate(master, [(guid: "a", loc: "pbx")] + slaves)
      let slave = await rig.connect("slave")
      await rig.until { rig.state("login slave") != nil && rig.state("users") == .ok(detail: "31 users") }
      let hanging = Task { await rig.deliver(slaves.map { busy($0.guid) }) }
      for _ in slaves { #expect(await slave.hear("SetPresence") != nil) }
      await rig.pass(.seconds(3))
      #expect(
        await rig.deliver([busy("s1")]) == [
          .retry(after: .seconds(5), reason: "PBX slave does not answer")
        ])
      async let other = rig.deliver([busy("a")])
      let set = await master.hear("SetPresence")
      master.say(#"{"mt":"SetPresenceResult","src":"\#(set?.src ?? "")"}"#)
      #expect(await other == [.delivered(lease: nil)])
      // It lives, but nothing that is asked is answered.
      for _ in 0..<28 {
        slave.say(#"{"mt":"KeepAlive"}"#)
        master.say(#"{"mt":"KeepAlive"}"#)
        await rig.pass(.seconds(1))
      }
      #expect(await slave.hear("GetNodeInfo") != nil)
      await rig.pass(.seconds(2)) {
        if case .failing? = rig.state("login slave") { true } else { false }
      }
      #expect(await hanging.value.count == 30)
    }
  }
}
