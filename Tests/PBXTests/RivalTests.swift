// Two connections that are both the same PBX: the one that works is kept, and the administrator is told.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct RivalTests {
  private func isRed(_ rig: PluginRig) -> Bool {
    if case .failing? = rig.state("App objects pbx") { true } else { false }
  }

  @Test func anotherAppObjectDoesNotEndTheFirst() async throws {
    let rig = PluginRig()
    try await rig.run {
      let first = await rig.connect(app: "gw-a", guid: "aa")
      await rig.replicate(first, [("a", "pbx")])
      let second = await rig.connect(app: "gw-b", guid: "bb")
      #expect(await second.hear("none") == nil, "closed")
      #expect(
        rig.state("App objects pbx")
          == .failing(
            reason: "two App objects of PBX pbx lead here: `gw-a` (aa) is connected, `gw-b` (bb) is refused",
            remedy: "Keep one of the two: delete the other, or take `websocket` off it."))
      #expect(rig.state("login pbx") == .ok(detail: "domain example.com"))
      first.say(#"{"mt":"AppInfo","app":"x"}"#)
      #expect(await first.hear("AppInfoResult") != nil, "it lives")
      for _ in 0..<121 {
        first.say(#"{"mt":"KeepAlive"}"#)
        await rig.pass(.seconds(1))
      }
      await rig.until { rig.state("App objects pbx") == nil }
    }
  }

  @Test func aSilentConnectionIsReplacedByWhicheverComes() async throws {
    let rig = PluginRig()
    try await rig.run {
      let first = await rig.connect(app: "gw-a", guid: "aa")
      #expect(await first.hear("ReplicateStart") != nil)
      await rig.pass(.seconds(31))
      let second = await rig.connect(app: "gw-b", guid: "bb")
      #expect(await second.hear("ReplicateStart") != nil)
      #expect(await first.hear("none") == nil)
      #expect(!isRed(rig))
    }
  }

  @Test func connectionsThatEndEachOtherInTurnAreNoticed() async throws {
    let rig = PluginRig()
    try await rig.run {
      for _ in 0...Replacements.tolerated {
        #expect(await rig.connect().hear("ReplicateStart") != nil)
        #expect(!isRed(rig))
        await rig.pass(.seconds(5))
      }
      #expect(await rig.connect().hear("ReplicateStart") != nil)
      #expect(isRed(rig))
      await rig.pass(.seconds(125)) { !isRed(rig) }
    }
  }
}
