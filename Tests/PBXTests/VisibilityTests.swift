// A user whom the App object may not see is named, with the tab and the ticks to set, and forgiven when it is done.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct VisibilityTests {
  static let problem = UserProblem(
    reason: "the PBX does not show this user's presence to the App object",
    remedy:
      "In the PBX open this user, or the user's config template, tab Visibility: add `presence-gw` and tick visible, "
      + "online, presence and otf, and note if notes are wanted.")

  private func watching(_ body: (PluginRig, MemorySocket) async throws -> Void) async throws {
    let rig = PluginRig()
    try await rig.run {
      let pbx = await rig.connect(apis: ["PbxApi", "PbxTableUsers", "PbxImpersonation", "PbxAdminApi"])
      await rig.replicate(pbx, [("a", "pbx")])
      rig.roster.set(["a"])
      #expect(await pbx.hear("SubscribePresence") != nil)
      try await body(rig, pbx)
    }
  }

  @Test func thePBXTellsWhoIsNotVisible() async throws {
    try await watching { rig, pbx in
      pbx.say(#"{"mt":"MonitorUnallowedAdd","src":"u","user":"sip-a","srcs":[{"name":"somebody-else"}]}"#)
      pbx.say(#"{"mt":"MonitorUnallowedAdd","src":"u","user":"SIP-A","srcs":[{"name":"presence-gw"}]}"#)
      await rig.until { rig.recorded.users.problems(of: "a")["visibility"] == Self.problem }
      await rig.pass(.milliseconds(250)) {
        if case .failing? = rig.state("visibility") { true } else { false }
      }
      pbx.say(#"{"mt":"MonitorUnallowedDel","src":"u","user":"sip-a","srcs":[{"name":"presence-gw"}]}"#)
      // What is answered in order shows that it has been heard.
      pbx.say(#"{"mt":"AppInfo","app":"x"}"#)
      #expect(await pbx.hear("AppInfoResult") != nil)
      await rig.pass(.seconds(1))
      #expect(await pbx.hear("SubscribePresence")?.sip == "sip-a", "asked again at once")
      #expect(
        rig.recorded.users.problems(of: "a")["visibility"] == Self.problem, "not mended before it works")
      pbx.say(#"{"mt":"PresenceState","src":"p:a","up":true}"#)
      await rig.until { rig.recorded.users.problems(of: "a").isEmpty }
    }
  }

  @Test func withoutThatListSilenceTells() async throws {
    try await watching { rig, pbx in
      await rig.pass(.seconds(32)) { rig.recorded.users.problems(of: "a")["visibility"] == Self.problem }
      await pbx.close()
      await rig.until { rig.recorded.users.problems(of: "a").isEmpty }
    }
  }

  @Test func aRefusalHasATopicOfItsOwn() async throws {
    try await watching { rig, pbx in
      pbx.say(#"{"mt":"SubscribePresenceResult","src":"p:a","error":3,"errorText":"unknown"}"#)
      await rig.until { rig.recorded.users.problems(of: "a").keys.contains("subscription") }
      #expect(
        rig.recorded.users.problems(of: "a")["subscription"]?.reason
          == "the PBX refused SubscribePresence: unknown (error 3)")
      rig.roster.set([])
      await rig.until { rig.recorded.users.problems(of: "a").isEmpty }
    }
  }
}
