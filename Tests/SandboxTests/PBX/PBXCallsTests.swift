// Alien calls: how a Teams call becomes on-the-phone, and what must not be left of it.

import Testing

@testable import Sandbox

@Suite struct PBXCallsTests {
  private func create(_ pbx: inout PBXConversation, _ id: Int) -> [String] {
    pbx.say(
      #"{"api":"PbxImpersonation","mt":"CreateApi","src":"i1","#
        + #""sip":"\#(pbx.person(id).sip)","target":"PbxApi"}"#
    )
  }
  private func add(_ pbx: inout PBXConversation, _ target: String = "PbxApi.0") -> [String] {
    pbx.say(#"{"api":"\#(target)","mt":"AddAlienCall","src":"c1"}"#)
  }

  @Test func anAlienCallShowsAsOnThePhone() {
    var pbx = PBXConversation.serving()
    let guid = pbx.person(0).pbxGUID
    #expect(
      create(&pbx, 0) == [
        #"{"mt":"CreateApiResult","src":"i1","api":"PbxImpersonation","target":"PbxApi.0"}"#
      ])
    #expect(add(&pbx) == [#"{"mt":"AddAlienCallResult","src":"c1","api":"PbxApi.0","id":17}"#])
    #expect(pbx.world.visibleState(guid: guid) == "tel: on-the-phone")
    #expect(pbx.world.leftovers(contact: "teams:").alienCalls == [pbx.person(0).sip])
    #expect(
      pbx.say(#"{"api":"PbxApi.0","mt":"DelAlienCall","src":"c2","id":17}"#)
        == [#"{"mt":"DelAlienCallResult","src":"c2","api":"PbxApi.0"}"#])
    #expect(pbx.world.visibleState(guid: guid) == "available")
    #expect(
      pbx.say(#"{"api":"PbxApi.0","mt":"DelAlienCall","src":"c2","id":17}"#) == [
        #"{"mt":"DelAlienCallResult","src":"c2","api":"PbxApi.0","error":1,"errorText":"unknown call"}"#
      ])
    #expect(pbx.accepted.map(\.state) == ["AddAlienCall", "DelAlienCall"])
    #expect(pbx.world.leftovers(contact: "teams:").isEmpty)
  }

  @Test func aDeskCallOutlivesTheAlienOne() {
    var pbx = PBXConversation.serving()
    let guid = pbx.person(0).pbxGUID
    _ = pbx.meanwhile { $0.setPhone(guid: guid, .connected) }
    _ = create(&pbx, 0)
    _ = add(&pbx)
    _ = pbx.say(#"{"api":"PbxApi.0","mt":"DelAlienCall","src":"c2","id":17}"#)
    #expect(pbx.world.visibleState(guid: guid) == "tel: on-the-phone")
  }

  @Test func theSocketTakesItsAlienCallsAlong() {
    var pbx = PBXConversation.serving()
    _ = create(&pbx, 0)
    _ = add(&pbx)
    _ = add(&pbx)
    let effects = pbx.session.close(world: &pbx.world)
    #expect(
      effects == [
        .undone(PBXShown(person: 0, state: "AddAlienCall")),
        .changed(.presence(guid: pbx.person(0).pbxGUID)),
      ])
    #expect(pbx.world.visibleState(guid: pbx.person(0).pbxGUID) == "available")
  }

  @Test func deletingTheImpersonationEndsItsCalls() {
    var pbx = PBXConversation.serving()
    _ = create(&pbx, 0)
    _ = add(&pbx)
    #expect(
      pbx.say(#"{"api":"PbxImpersonation","mt":"DeleteApi","src":"i2","target":"PbxApi.0"}"#)
        == [#"{"mt":"DeleteApiResult","src":"i2","api":"PbxImpersonation","ok":true}"#])
    #expect(pbx.world.leftovers(contact: "teams:").isEmpty)
    #expect(
      add(&pbx) == [
        #"{"mt":"AddAlienCallResult","src":"c1","api":"PbxApi.0","error":1,"errorText":"unknown target"}"#
      ])
  }

  @Test func refusesUsersOfAnotherPBXAndTheAppItself() {
    var pbx = PBXConversation.serving(pbxs: ["pbx", "slave"])
    _ = create(&pbx, 1)
    #expect(
      add(&pbx) == [
        #"{"mt":"AddAlienCallResult","src":"c1","api":"PbxApi.0","error":1,"#
          + #""errorText":"the user is homed on another PBX"}"#
      ])
    #expect(
      add(&pbx, "PbxApi") == [
        #"{"mt":"AddAlienCallResult","src":"c1","api":"PbxApi","error":1,"#
          + #""errorText":"the App object has no phone: impersonate a user"}"#
      ])
    #expect(
      pbx.say(#"{"api":"PbxImpersonation","mt":"CreateApi","src":"i","sip":"nobody","target":"PbxApi"}"#) == [
        #"{"mt":"CreateApiResult","src":"i","api":"PbxImpersonation","error":1,"errorText":"unknown user"}"#
      ])
    #expect(pbx.refusals.count == 3)
  }

  @Test func leftoversNameWhatIsStillThere() {
    var world = PBXConversation.serving().world
    let person = PBXConversation.population.people[2]
    _ = world.setPresence(guid: person.pbxGUID, contact: "teams:", activity: "busy")
    #expect(world.leftovers(contact: "teams:").entries == ["\(person.sip) busy"])
    _ = world.setPresence(guid: person.pbxGUID, contact: "teams:", activity: "")
    #expect(world.leftovers(contact: "teams:").isEmpty)
  }

  /// Whatever a gateway does in whatever order, the books balance and the socket takes everything along.
  @Test(arguments: 0..<20) func noSequenceLeavesAnythingBehind(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var pbx = PBXConversation.serving()
    for _ in 0..<300 {
      let id = Int.random(in: 0..<3, using: &random)
      let target = Int.random(in: 0..<6, using: &random)
      let guid = pbx.person(id).pbxGUID
      switch Int.random(in: 0..<8, using: &random) {
      case 0: _ = create(&pbx, id)
      case 1, 2: _ = add(&pbx, "PbxApi.\(target)")
      case 3:
        let call = Int.random(in: 15..<40, using: &random)
        _ = pbx.say(#"{"api":"PbxApi.\#(target)","mt":"DelAlienCall","src":"d","id":\#(call)}"#)
      case 4:
        _ = pbx.say(#"{"api":"PbxImpersonation","mt":"DeleteApi","src":"x","target":"PbxApi.\#(target)"}"#)
      case 5: _ = pbx.meanwhile { $0.setPhone(guid: guid, .connected) }
      case 6: _ = pbx.meanwhile { $0.setPhone(guid: guid, .idle) }
      default:
        guard id == 2, let user = pbx.world.user(guid: guid) else { continue }
        _ = pbx.meanwhile { $0.remove(guid: guid) }
        let again = PBXUser(
          guid: guid, person: 2, sip: user.sip, cn: user.cn, number: user.number, mail: user.mail,
          loc: user.loc)
        _ = pbx.meanwhile { $0.add(again) }
      }
      for person in PBXConversation.population.people {
        let calls = pbx.world.alienCalls.values.count { $0.guid == person.pbxGUID }
        #expect(pbx.world.user(guid: person.pbxGUID)?.alienCalls == calls)
      }
    }
    _ = pbx.session.close(world: &pbx.world)
    #expect(pbx.world.leftovers(contact: "teams:").isEmpty)
  }
}
