// Subscriptions and presence as a gateway meets them, in whole messages.

import Testing

@testable import Sandbox

@Suite struct PBXPresenceTests {
  private func subscribe(_ pbx: inout PBXConversation, _ id: Int = 0) -> [String] {
    pbx.say(#"{"api":"PbxApi","mt":"SubscribePresence","sip":"\#(pbx.person(id).sip)","src":"p:\#(id)"}"#)
  }
  private func update(_ entries: String) -> String {
    #"{"mt":"PresenceUpdate","src":"p:0","api":"PbxApi","presence":[\#(entries)]}"#
  }
  private let rest =
    #"{"contact":"tel:","status":"open"},{"contact":"im:","status":"closed"}"#

  @Test func aSubscriptionTellsWhoAndWhat() {
    var pbx = PBXConversation.serving()
    let person = pbx.person(0)
    #expect(
      subscribe(&pbx) == [
        #"{"mt":"SubscribePresenceResult","src":"p:0","api":"PbxApi"}"#,
        #"{"mt":"PresenceState","src":"p:0","api":"PbxApi","up":true,"sip":"\#(person.sip)","num":"1000","#
          + #""dn":"\#(person.displayName)","email":"\#(person.email)"}"#, update(rest),
      ])
    #expect(
      pbx.say(#"{"api":"PbxApi","mt":"SubscribePresence","num":"1001","src":"n"}"#).first
        == #"{"mt":"SubscribePresenceResult","src":"n","api":"PbxApi"}"#)
    #expect(pbx.session.liveSubscriptions == 2)
  }

  @Test func theNewestEntryComesFirstAndCallsHideNothing() {
    var pbx = PBXConversation.serving()
    _ = subscribe(&pbx)
    let guid = pbx.person(0).pbxGUID
    let result = #"{"mt":"SetPresenceResult","src":"7","api":"PbxApi"}"#
    #expect(
      pbx.say(
        #"{"api":"PbxApi","mt":"SetPresence","guid":"\#(guid)","contact":"teams:","activity":"busy","#
          + #""note":"in \"Berlin\"","src":"7"}"#) == [
          result,
          update(
            #"{"contact":"teams:","status":"open","activity":"busy","note":"in \"Berlin\""},"# + rest),
        ])
    #expect(
      pbx.meanwhile { $0.setPhone(guid: guid, .connected) } == [
        update(
          #"{"contact":"teams:","status":"open","activity":"busy","note":"in \"Berlin\""},"#
            + #"{"contact":"tel:","status":"open","activity":"on-the-phone"},"#
            + #"{"contact":"im:","status":"closed"}"#
        )
      ])
    #expect(pbx.world.visibleState(guid: guid) == "tel: on-the-phone")
    #expect(
      pbx.say(
        #"{"api":"PbxApi","mt":"SetPresence","sip":"\#(pbx.person(0).sip)","activity":"away","src":"7"}"#)
        == [
          result,
          update(
            #"{"contact":"tel:","status":"open","activity":"on-the-phone"},"#
              + #"{"contact":"tel:","status":"open","activity":"away"},"#
              + #"{"contact":"teams:","status":"open","activity":"busy","note":"in \"Berlin\""},"#
              + #"{"contact":"im:","status":"closed"}"#),
        ])
    _ = pbx.meanwhile { $0.setPhone(guid: guid, .idle) }
    #expect(
      pbx.say(
        #"{"api":"PbxApi","mt":"SetPresence","guid":"\#(guid)","contact":"teams:","#
          + #""activity":"","note":"","src":"7"}"#
      )
        == [
          result,
          update(
            #"{"contact":"teams:","status":"open"},{"contact":"tel:","status":"open","activity":"away"},"#
              + #"{"contact":"im:","status":"closed"}"#),
        ])
    #expect(pbx.accepted.map(\.state) == ["teams: busy", "tel: away", "teams: unset"])
    #expect(pbx.world.visibleState(guid: guid) == "tel: away")
  }

  @Test func onThePhoneCanStandInAnEntryOfItsOwn() {
    var pbx = PBXConversation.serving(variant: PBXVariant { $0.onThePhone = .ownEntry(contact: "call:") })
    _ = subscribe(&pbx)
    let guid = pbx.person(0).pbxGUID
    #expect(
      pbx.meanwhile { $0.setPhone(guid: guid, .connected) } == [
        update(#"{"contact":"call:","status":"open","activity":"on-the-phone"},"# + rest)
      ])
  }

  @Test func ringingShowsNothing() {
    var pbx = PBXConversation.serving()
    _ = subscribe(&pbx)
    let guid = pbx.person(0).pbxGUID
    #expect(pbx.meanwhile { $0.setPhone(guid: guid, .ringing) }.isEmpty)
    #expect(pbx.meanwhile { $0.setPhone(guid: guid, .idle) }.isEmpty)
  }

  @Test(arguments: [
    (#""guid":"GUID","contact":"teams:","activity":"on-the-phone""#, "on-the-phone cannot be set"),
    (#""sip":"nobody","activity":"busy""#, "unknown user"),
    (#""contact":"teams:","activity":"busy""#, "one of sip and guid"),
    (#""guid":"GUID","contact":"teams","activity":"busy""#, "contact, activity or note out of bounds"),
  ])
  func refusesPresenceThatCannotBe(_ members: String, _ reason: String) {
    var pbx = PBXConversation.serving()
    let text = members.replacing("GUID", with: pbx.person(0).pbxGUID)
    #expect(
      pbx.say(#"{"api":"PbxApi","mt":"SetPresence","src":"9",\#(text)}"#) == [
        #"{"mt":"SetPresenceResult","src":"9","api":"PbxApi","error":1,"errorText":"\#(reason)"}"#
      ])
    #expect(pbx.refusals == ["SetPresence: \(reason)"])
    #expect(pbx.accepted.isEmpty)
  }

  @Test func withoutVisibilityASubscriptionHangsUntilItIsGiven() {
    var pbx = PBXConversation.serving()
    let guid = pbx.person(0).pbxGUID
    _ = pbx.meanwhile { $0.setAllowed(guid: guid, false) }
    #expect(subscribe(&pbx) == [#"{"mt":"SubscribePresenceResult","src":"p:0","api":"PbxApi"}"#])
    #expect(pbx.meanwhile { $0.setPhone(guid: guid, .connected) }.isEmpty)
    let shown = pbx.meanwhile { $0.setAllowed(guid: guid, true) }
    #expect(shown.count == 2)
    #expect(shown.last?.contains("on-the-phone") == true)
    #expect(
      pbx.meanwhile { $0.setAllowed(guid: guid, false) }
        == [#"{"mt":"PresenceState","src":"p:0","api":"PbxApi","up":false}"#])
  }

  @Test func subscriptionsEndWithTheUserOrOnRequest() {
    var pbx = PBXConversation.serving()
    _ = subscribe(&pbx)
    _ = subscribe(&pbx, 1)
    #expect(
      pbx.say(#"{"api":"PbxApi","mt":"UnsubscribePresence","src":"p:1"}"#)
        == [#"{"mt":"UnsubscribePresenceResult","src":"p:1","api":"PbxApi"}"#])
    let (first, second) = (pbx.person(0).pbxGUID, pbx.person(1).pbxGUID)
    #expect(pbx.meanwhile { $0.setPhone(guid: second, .connected) }.isEmpty)
    #expect(
      pbx.meanwhile { $0.remove(guid: first) } == [
        #"{"mt":"PresenceState","src":"p:0","api":"PbxApi","up":false}"#
      ])
    #expect(
      subscribe(&pbx) == [
        #"{"mt":"SubscribePresenceResult","src":"p:0","api":"PbxApi","error":1,"errorText":"unknown user"}"#
      ])
    #expect(pbx.session.liveSubscriptions == 0)
  }

  @Test func aSourceNamesOneUserOnly() {
    var pbx = PBXConversation.serving()
    #expect(subscribe(&pbx).count == 3)
    #expect(subscribe(&pbx).count == 3)
    #expect(
      pbx.say(#"{"api":"PbxApi","mt":"SubscribePresence","num":"1001","src":"p:0"}"#) == [
        #"{"mt":"SubscribePresenceResult","src":"p:0","api":"PbxApi","error":1,"errorText":"src is in use"}"#
      ])
    #expect(
      pbx.say(#"{"api":"RCC","mt":"Initialize","src":"r"}"#) == [
        #"{"mt":"InitializeResult","src":"r","api":"RCC","error":1,"#
          + #""errorText":"no users have access to this app"}"#
      ])
  }
}
