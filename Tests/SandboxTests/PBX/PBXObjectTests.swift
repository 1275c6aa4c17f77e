// PbxAdminApi's objects are strict: what the vendor's own plugins would not send is refused.

import Testing

@testable import Sandbox

@Suite struct PBXObjectTests {
  private func update(
    _ more: String = "", cn: String = "Gateway", sip: String = "gw", pwd: String = "pwd",
    url: String = "https://gw.example.com/a/b", type: String = "app", ticks: String = #","websocket":true"#
  ) -> String {
    #"{"api":"PbxAdminApi","mt":"UpdateObject","src":"a","cn":"\#(cn)","h323":"\#(sip)","pwd":"\#(pwd)"\#(more),"#
      + #""pseudo":{"type":"\#(type)","app":{"url":"\#(url)"\#(ticks)}}}"#
  }

  @Test func anObjectIsMadeFoundAndChanged() throws {
    var pbx = PBXConversation.serving()
    let find = #"{"api":"PbxAdminApi","mt":"GetObject","src":"g","h323":"gw"}"#
    #expect(pbx.say(find).first?.contains(#""errorText":"not found""#) == true)
    #expect(pbx.say(update()).first?.hasPrefix(#"{"mt":"UpdateObjectResult","src":"a""#) == true)
    let made = try #require(pbx.world.madeApps.values.first)
    #expect(made.url == "https://gw.example.com/a/b" && made.ticks == ["websocket"])
    #expect(pbx.say(find).first?.contains(made.guid) == true)
    _ = pbx.say(update(#","guid":"\#(made.guid)""#, ticks: #","rcc":true,"web":false"#))
    #expect(pbx.world.madeApps.values.map(\.ticks) == [["rcc"]])
  }

  @Test func whatIsWrongIsRefused() {
    var pbx = PBXConversation.serving()
    _ = pbx.say(update(cn: "Other", sip: "other"))
    let user = PBXConversation.population.people[0].sip
    for (text, reason) in [
      (update(cn: ""), "cn and h323 are needed"), (update(sip: ""), "cn and h323 are needed"),
      (update(sip: user), "must be unique"), (update(sip: "other"), "must be unique"),
      (update(pwd: ""), "pwd must have"), (update(pwd: "12345678901234567"), "pwd must have"),
      (update(url: "https://gw.example.com"), "no App's URL"), (update(type: "waiting"), "only App objects"),
      (update(ticks: #","pbxapi":true"#), "no such attribute pbxapi"),
      (update(ticks: #","websocket":"on""#), "no such attribute websocket"),
      (update(#","guid":"none""#), "unknown guid"),
    ] { #expect(pbx.say(text).first?.contains(reason) == true, "\(reason)") }
    #expect(pbx.world.madeApps.count == 1)

    var plain = PBXConversation.serving { $0.apis = ["PbxApi"] }
    #expect(plain.say(update()) == [])
    #expect(plain.refusals == ["UpdateObject of an API that is not ticked"])
  }
}
