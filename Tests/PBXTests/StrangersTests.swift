// Whoever has not logged in costs little, and does not keep a PBX out.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct StrangersTests {
  private func isOpen(_ socket: MemorySocket) async -> Bool {
    socket.say(#"{"mt":"AppChallenge"}"#)
    return await socket.hear()?.mt == "AppChallengeResult"
  }
  private func loginPlaces(_ rig: PluginRig) async -> Int { await rig.plugin.switchboard.lines.count }

  @Test func silentSocketsOfOneAddressGoForANewcomer() async throws {
    let rig = PluginRig()
    try await rig.run {
      var silent: [MemorySocket] = []
      for port in 0..<64 { silent.append(rig.dial(from: "192.0.2.66:\(port)")) }
      await rig.until { rig.metrics.total("presence_gateway_pbx_logins_total{result=too_many}") == 56 }
      #expect(await eventually { await loginPlaces(rig) == Strangers.perPeer })
      let pbx = await rig.connect()
      #expect(await pbx.hear("ReplicateStart") != nil)
      let neighbour = rig.dial(from: "192.0.2.66:99")
      #expect(await isOpen(neighbour), "even from the same address")
      await rig.pass(.seconds(16))
      #expect(await eventually { await loginPlaces(rig) == 1 })
      await rig.until { rig.metrics.total("presence_gateway_pbx_logins_total{result=too_late}") == 8 }
    }
  }

  @Test func silentSocketsOfManyAddressesGoForANewcomer() async throws {
    let rig = PluginRig()
    try await rig.run {
      var silent: [MemorySocket] = []
      for host in 0..<Strangers.maximum {
        silent.append(rig.dial(from: "198.51.100.\(host):1"))
        #expect(await isOpen(silent[host]))
      }
      let pbx = await rig.connect()
      #expect(await pbx.hear("ReplicateStart") != nil)
      #expect(await silent[0].hear()?.errorText == "too many connections that are not logged in")
      #expect(await silent[0].hear() == nil, "the oldest one is closed")
      #expect(await isOpen(silent[1]))
      await rig.until { rig.metrics.total("presence_gateway_pbx_logins_total{result=too_many}") == 1 }
    }
  }

  @Test func whoHasLoggedInIsNoStranger() {
    var strangers = Strangers()
    for id in 0..<8 { #expect(strangers.enter(id, from: "192.0.2.1") == nil) }
    #expect(strangers.enter(8, from: "192.0.2.1") == 0)
    strangers.leave(1)
    strangers.leave(5)
    #expect(strangers.enter(9, from: "192.0.2.1") == nil)
    #expect(strangers.enter(10, from: "192.0.2.2") == nil)
    for id in 20..<75 { #expect(strangers.enter(id, from: "127.0.0.1") == nil) }
    #expect(strangers.enter(75, from: "::1") == nil, "64 now")
    #expect(strangers.enter(76, from: "127.0.0.1") == 2, "the oldest of all")
  }

  @Test func guessesAndLogLinesAreCountedByNetwork() async throws {
    let rig = PluginRig([
      "master": "pbx",
      "app": ["path": "/example.com/presence", "password": "env:pwd", "attempts_per_minute": "3"],
    ])
    try await rig.run {
      for host in 1...3 {
        let peer = rig.dial(from: "[2001:db8:1:2::\(host)]:443")
        peer.say(#"{"mt":"AppChallenge"}"#)
        let challenge = await peer.hear()?.challenge ?? ""
        peer.say(PBXText.login(challenge: challenge, password: "guess"))
        #expect(await peer.hear()?.errorText == "wrong password")
      }
      #expect(await isOpen(rig.dial(from: "[2001:db8:1:2:ffff::4]:443")) == false)
      #expect(await isOpen(rig.dial(from: "[2001:db8:1:3::1]:443")), "another network")
      #expect(
        rig.log.lines == [
          "warning: PBX login refused address=2001:db8:1:2::1 reason=wrong password"
        ])
    }
  }

  @Test func aStrangerSaysLittle() async throws {
    let rig = PluginRig()
    let filler = String(repeating: "x", count: FirstWords.maxBytes)
    try await rig.run {
      let long = rig.dial(from: "192.0.2.8:1")
      long.say(#"{"mt":"AppChallenge","x":"\#(filler)"}"#)
      #expect(await long.hear()?.errorText == "not the protocol of a PBX")
      #expect(await long.hear() == nil)

      let many = rig.dial(from: "192.0.2.8:2")
      for _ in 0..<FirstWords.maxMessages { #expect(await isOpen(many)) }
      many.say(#"{"mt":"AppChallenge"}"#)
      #expect(await many.hear()?.errorText == "not the protocol of a PBX")
      #expect(await many.hear() == nil)
      await rig.until { rig.metrics.total("presence_gateway_pbx_logins_total{result=garbage}") == 2 }

      let pbx = await rig.connect()
      #expect(await pbx.hear("ReplicateStart") != nil)
      for _ in 0..<10 { pbx.say(#"{"mt":"KeepAlive"}"#) }
      pbx.say(#"{"mt":"AppInfo","app":"x","x":"\#(filler)"}"#)
      #expect(await pbx.hear("AppInfoResult") != nil, "a PBX may say more")
    }
  }

  @Test func floodingCountsAsGuessing() async throws {
    let rig = PluginRig([
      "master": "pbx",
      "app": ["path": "/example.com/presence", "password": "env:pwd", "attempts_per_minute": "3"],
    ])
    let filler = String(repeating: "x", count: FirstWords.maxBytes)
    try await rig.run {
      for port in 1...3 {
        let flood = rig.dial(from: "192.0.2.8:\(port)")
        flood.say(filler + "x")
        #expect(await flood.hear()?.errorText == "not the protocol of a PBX")
      }
      #expect(await isOpen(rig.dial(from: "192.0.2.8:9")) == false)
      await rig.until { rig.metrics.total("presence_gateway_pbx_logins_total{result=too_often}") == 1 }
    }
  }
}
