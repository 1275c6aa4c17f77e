// Ringing and hold through RCC: the state bits, the events, and what happens when the PBX does not tell.

import PluginAPI
import Testing

@testable import PBX

@Suite struct LineMonitorTests {
  static let bits: [(Int, LineState)] = [
    (0, .quiet), (1, .dialling), (2, .dialling), (3, .dialling), (4, .dialling), (5, .connected), (6, .quiet),
    (7, .quiet), (8, .onHold), (128 + 1, .quiet), (128 + 4, .ringing), (128 + 5, .connected),
    (256 + 5, .onHold),
    (512 + 5, .onHold), (128 + 1024 + 4, .ringing), (1024 + 5, .connected), (15, .quiet), (-1, .quiet),
  ]
  @Test(arguments: bits) func stateBits(_ bits: Int, _ state: LineState) {
    #expect(LineState(bits: bits) == state)
  }

  static let events: [(String, LineState?)] = [
    ("r-setup", .dialling), ("x-setup", .quiet), ("r-alert", .ringing), ("x-alert", .dialling),
    ("x-conn", .connected),
    ("r-conn", .connected), ("r-disc", .quiet), ("x-rel", .quiet), ("x-hold", .onHold),
    ("r-retrieve", .connected),
    ("r-info", nil), ("nonsense", nil), ("", nil),
  ]
  @Test(arguments: events) func event(_ event: String, _ state: LineState?) {
    #expect(LineState.after(event) == state)
  }

  private func up(_ change: (inout SessionSettings) -> Void = { _ in }) -> SessionRig {
    var rig = SessionRig {
      $0.lineState = .rcc
      change(&$0)
    }
    let effects = rig.connect(pbx: "slave", apis: ["PbxApi", "PbxImpersonation", "RCC"])
    #expect(
      effects.sent.map(\.text) == [Array(#"{"api":"RCC","calls":true,"mt":"Initialize","src":"q"}"#.utf8)])
    #expect(rig.receive(#"{"mt":"UserInfo","api":"RCC","src":"q","guid":"u","h323":"sip-u"}"#).isEmpty)
    #expect(rig.receive(#"{"mt":"InitializeResult","api":"RCC","src":"q"}"#) == [.lines(nil)])
    _ = rig.watch("u")
    _ = rig.receive(PBXText.presence("u", #"{"contact":"tel:"}"#))
    return rig
  }
  private func call(_ mt: String, _ members: String) -> String {
    #"{"mt":"\#(mt)","src":"q","api":"RCC","call":7,\#(members)}"#
  }

  @Test func aCallIsFollowedFromRingingToItsEnd() {
    for end in ["CallDel", "CallDelete"] {
      var rig = up()
      #expect(
        rig.receive(call("CallAdd", #""guid":"u","cn":"U","state":132"#)).reported
          == [Presence(.available, call: .ringing)])
      #expect(
        rig.receive(call("CallUpdate", #""msg":"r-conn""#)).reported == [
          Presence(.available, call: .connected)
        ])
      #expect(rig.receive(call("CallUpdate", #""msg":"r-info""#)).reported == [])
      #expect(
        rig.receive(call("CallUpdate", #""msg":"r-hold""#)).reported == [Presence(.available, call: .onHold)])
      #expect(rig.receive(call(end, #""x":1"#)).reported == [.available])
    }
  }

  @Test func talkingComesBeforeRinging() {
    var rig = up()
    _ = rig.receive(call("CallAdd", #""guid":"u","state":133"#))
    let second = #"{"mt":"CallAdd","src":"q","api":"RCC","call":8,"guid":"u","state":1156"#
    #expect(rig.receive(second + "}").reported == [], "a waiting call changes nothing")
    #expect(
      rig.receive(call("CallUpdate", #""msg":"del""#)).reported == [Presence(.available, call: .ringing)])
  }

  @Test func dialingCountsOnlyWhenAskedFor() {
    var rig = up()
    #expect(rig.receive(call("CallAdd", #""guid":"u","state":4"#)).reported == [])
    var other = up { $0.diallingCounts = true }
    #expect(
      other.receive(call("CallAdd", #""guid":"u","state":4"#)).reported == [
        Presence(.available, call: .connected)
      ])
  }

  @Test func presenceStillTellsOfCallsThatRCCDoesNotSee() {
    var rig = up()
    let onThePhone = PBXText.presence("u", #"{"contact":"tel:","activity":"on-the-phone"}"#)
    #expect(rig.receive(onThePhone).reported == [Presence(.available, call: .connected)])
    _ = rig.receive(call("CallAdd", #""guid":"u","state":389"#))
    #expect(rig.session.subscriptions.reported.map(\.1) == [Presence(.available, call: .onHold)])
  }

  @Test func callsComeThroughWithoutSightOfTheUser() {
    var rig = up()
    _ = rig.session.watch("w", sip: "sip-w", now: rig.now)
    #expect(
      rig.receive(#"{"mt":"CallAdd","src":"q","api":"RCC","call":9,"guid":"w","state":133}"#).reported
        == [Presence(.available, call: .connected)])
    #expect(rig.receive(#"{"mt":"CallDel","src":"q","api":"RCC","call":9}"#).reported == [.available])
  }

  @Test func ourOwnAlienCallIsNoCall() {
    var rig = up()
    _ = rig.deliver("u", Presence(.available, call: .connected))
    #expect(rig.receive(call("CallAdd", #""guid":"u","state":133"#)).reported == [])
  }

  @Test func aRealCallBesideOurOwnIsReadWhereRCCListsNoneOfOurs() {
    var rig = up { $0.ownCallsAreInRCC = false }
    _ = rig.deliver("u", Presence(.available, call: .connected))
    let onThePhone = PBXText.presence("u", #"{"contact":"tel:","activity":"on-the-phone"}"#)
    #expect(rig.receive(onThePhone).reported.allSatisfy { $0 == .available }, "that may be ours")
    #expect(
      rig.receive(call("CallAdd", #""guid":"u","state":133"#)).reported == [
        Presence(.available, call: .connected)
      ])
    #expect(rig.receive(call("CallDel", #""x":1"#)).reported == [.available])
  }

  @Test func aRefusalAndSilenceLeaveThePresenceList() {
    var rig = SessionRig { $0.lineState = .rcc }
    rig.connect(pbx: "slave", apis: ["PbxApi", "RCC"])
    #expect(
      rig.receive(#"{"mt":"InitializeResult","src":"q","api":"RCC","error":1,"errorText":"no users"}"#)
        == [.lines("the PBX refused RCC: no users (error 1)")])
    _ = rig.watch("u")
    let onThePhone = PBXText.presence("u", #"{"contact":"tel:","activity":"on-the-phone"}"#)
    #expect(rig.receive(onThePhone).reported == [Presence(.available, call: .connected)])

    var silent = SessionRig { $0.lineState = .rcc }
    silent.connect(pbx: "slave", apis: ["PbxApi", "RCC"])
    #expect(
      silent.advance(.seconds(15)).contains(.lines("the PBX did not answer RCC Initialize within 15s")))
    for _ in 0..<20 {
      _ = silent.receive(#"{"mt":"KeepAlive"}"#)
      if silent.advance(.seconds(15)).sent.contains(where: { $0.mt == "Initialize" }) { return }
    }
    #expect(Bool(false), "asked again after five minutes")
  }

  @Test func withoutTheTickNothingIsAsked() {
    var rig = SessionRig { $0.lineState = .rcc }
    #expect(rig.connect(pbx: "slave", apis: ["PbxApi"]).contains(.lines("RCC is not ticked")))
    var presence = SessionRig()
    #expect(presence.connect(pbx: "slave", apis: ["PbxApi", "RCC"]).sent == [])
  }
}
