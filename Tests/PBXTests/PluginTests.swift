// The plugin as the core sees it: directory, events, deliveries, signals and check marks over real messages.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct PluginTests {
  @Test func aChangeTravelsBothWays() async throws {
    let rig = PluginRig()
    try await rig.run {
      let pbx = await rig.connect()
      await rig.replicate(pbx, [("a", "pbx"), ("b", "")])
      await rig.until { !rig.directory.changes.isEmpty }
      guard case .snapshot(let users)? = rig.directory.changes.first else {
        return #expect(Bool(false), "a snapshot comes first")
      }
      #expect(users.map(\.id) == ["a", "b"])

      rig.roster.set(["a", "b"])
      var asked: Set<String> = []
      for _ in 0..<2 { asked.insert(await pbx.hear("SubscribePresence")?.sip ?? "") }
      #expect(asked == ["sip-a", "sip-b"])
      for guid in ["a", "b"] { pbx.say(#"{"mt":"PresenceState","src":"p:\#(guid)","up":true}"#) }
      pbx.say(PBXText.presence("a", #"{"contact":"tel:","activity":"dnd"}"#))
      await rig.until { !rig.recorded.inlet.events.isEmpty }
      #expect(rig.recorded.inlet.events.map(\.user) == ["a"])
      #expect(rig.recorded.inlet.events.map(\.presence) == [Presence(.doNotDisturb)])

      async let outcomes = rig.deliver([
        PresenceUpdate(user: "b", presence: Presence(.busy, .inMeeting), previous: nil, cause: .change)
      ])
      let set = await pbx.hear("SetPresence")
      #expect(set?.guid == "b")
      #expect(set?.activity == "meeting")
      pbx.say(#"{"mt":"SetPresenceResult","src":"\#(set?.src ?? "")"}"#)
      #expect(await outcomes == [.delivered(lease: nil)])

      await rig.pass(.seconds(1))
      #expect(rig.state("login pbx") == .ok(detail: "domain example.com"))
      #expect(rig.state("users") == .ok(detail: "2 users"))
      await rig.until { rig.state("subscriptions") == .ok(detail: "2 of 2") }
      #expect(rig.state("visibility") == .ok(detail: "2 users show their presence"))
      #expect(rig.metrics.total("presence_gateway_pbx_logins_total{result=accepted}") == 1)
      #expect(rig.metrics.total("presence_gateway_pbx_writes_total{request=setPresence,result=ok}") == 1)
    }
  }

  @Test func aReconnectAsksForTheLostCallsAndForNothingElse() async throws {
    let rig = PluginRig()
    try await rig.run {
      let first = await rig.connect()
      await rig.replicate(first, [("a", "pbx"), ("s", "slave")])
      await rig.until { rig.recorded.signals.losses.count == 2 }
      let losses = rig.recorded.signals.losses
      #expect(
        losses[0].facet == .call && losses[0].users == ["a"], "users of the other PBX lost nothing here")
      #expect(losses[1].facet == .nothing && losses[1].users == nil)

      let early = await rig.deliver([
        PresenceUpdate(user: "s", presence: Presence(.busy), previous: nil, cause: .change)
      ])
      #expect(early == [.retry(after: nil, reason: "PBX slave is not connected")])

      // The newer connection of the same PBX replaces the older one, with a delivery under way.
      async let lost = rig.deliver([
        PresenceUpdate(user: "a", presence: Presence(.busy), previous: nil, cause: .change)
      ])
      _ = await first.hear("SetPresence")
      let second = await rig.connect()
      #expect(
        await lost == [.retry(after: nil, reason: "PBX pbx: a newer connection of the same PBX came")])
      #expect(await first.hear("none") == nil, "the older connection is closed")
      await rig.until { rig.recorded.signals.losses.count == 4 }
      let after = rig.recorded.signals.losses[2...].map(\.facet)
      #expect(Array(after) == [.call, .nothing])

      async let again = rig.deliver([
        PresenceUpdate(user: "a", presence: .available, previous: nil, cause: .change)
      ])
      let set = await second.hear("SetPresence")
      #expect(set?.activity == "", "the unanswered write may have arrived")
      second.say(#"{"mt":"SetPresenceResult","src":"\#(set?.src ?? "")"}"#)
      #expect(await again == [.delivered(lease: nil)])
    }
  }

  @Test func eachUserIsServedByTheirOwnPBX() async throws {
    let rig = PluginRig()
    try await rig.run {
      let master = await rig.connect()
      await rig.replicate(master, [("a", "pbx"), ("s", "slave")])
      await rig.until { !rig.directory.changes.isEmpty }
      rig.roster.set(["a", "s"])
      #expect(await master.hear("SubscribePresence")?.sip == "sip-a")
      master.say(#"{"mt":"PresenceState","src":"p:a","up":true}"#)
      await rig.pass(.seconds(1)) {
        rig.state("subscriptions")
          == .failing(
            reason: "1 of 2 users live on a PBX that is not connected: slave",
            remedy: "Add the App object on that PBX too, or replicate it there.")
      }
      let slave = await rig.connect("slave")
      #expect(await slave.hear("SubscribePresence")?.sip == "sip-s")

      master.say(PBXText.row("ReplicateUpdate", src: "r1", guid: "s", loc: "pbx"))
      #expect(await slave.hear("UnsubscribePresence")?.sip == "sip-s")
      #expect(await master.hear("SubscribePresence")?.sip == "sip-s")
      #expect(rig.recorded.health.checks["login slave"]?.required == false)
      #expect(rig.recorded.health.checks["login pbx"]?.required == true)
    }
  }

  @Test func aWrongLoginIsCountedLoggedOnceAndExplained() async throws {
    let rig = PluginRig()
    try await rig.run {
      for port in 1...3 {
        let stranger = rig.dial(from: "192.0.2.66:\(port)")
        stranger.say(#"{"mt":"AppChallenge"}"#)
        let challenge = await stranger.hear()?.challenge ?? ""
        #expect(challenge.count == 16)
        stranger.say(PBXText.login(challenge: challenge, password: "guess"))
        let answer = await stranger.hear()
        #expect(answer?.ok == false)
        #expect(answer?.errorText == "wrong password")
        #expect(await stranger.hear() == nil, "closed")
      }
      #expect(rig.metrics.total("presence_gateway_pbx_logins_total{result=wrong_digest}") == 3)
      #expect(
        rig.log.lines == [
          "warning: PBX login refused address=192.0.2.66 reason=wrong password"
        ])
      #expect(
        rig.state("login pbx")
          == .failing(
            reason: "a login from 192.0.2.66 was refused, its password is wrong",
            remedy:
              "Check the App object in the PBX: URL https://gateway.example.com/example.com/presence/<any "
              + "name>, the same password as app.password, websocket ticked."))
      _ = await rig.connect()
      await rig.until { rig.state("login pbx") == .ok(detail: "domain example.com") }
    }
  }

  @Test func aStrangersGuessDoesNotHideWhyThePBXIsGone() async throws {
    let rig = PluginRig()
    try await rig.run {
      await (await rig.connect()).close()
      await rig.until { if case .failing? = rig.state("login pbx") { true } else { false } }
      _ = await rig.connect("slave")
      await rig.until { rig.state("login slave") != nil }
      let stranger = rig.dial(from: "192.0.2.66:1")
      stranger.say(#"{"mt":"AppChallenge"}"#)
      let challenge = await stranger.hear()?.challenge ?? ""
      stranger.say(PBXText.login(challenge: challenge, password: "guess"))
      #expect(await stranger.hear()?.errorText == "wrong password")
      // The answer goes out first.
      await rig.until {
        rig.state("login pbx")
          == .failing(
            reason: "the connection was lost; a login from 192.0.2.66 was refused, its password is wrong",
            remedy:
              "Check the App object in the PBX: URL https://gateway.example.com/example.com/presence/<any "
              + "name>, the same password as app.password, websocket ticked.")
      }
      #expect(rig.recorded.health.checks["login pbx"]?.required == true)
      #expect(rig.recorded.health.checks["login slave"]?.required == false)
    }
  }

  @Test func whoGuessesTooOftenIsNotHeardForAMinute() async throws {
    let rig = PluginRig([
      "master": "pbx",
      "app": ["path": "/example.com/presence", "password": "env:pwd", "attempts_per_minute": "3"],
    ])
    func attempt(_ password: String, from address: String) async -> Sent? {
      let peer = rig.dial(from: address)
      peer.say(#"{"mt":"AppChallenge"}"#)
      guard let challenge = await peer.hear(), challenge.mt == "AppChallengeResult" else { return nil }
      peer.say(PBXText.login(challenge: challenge.challenge ?? "", password: password))
      return await peer.hear()
    }
    try await rig.run {
      // A connection from before the last guess is not heard either.
      let early = rig.dial(from: "192.0.2.66:1")
      early.say(#"{"mt":"AppChallenge"}"#)
      let challenge = await early.hear()?.challenge ?? ""
      for port in 2...4 {
        #expect(await attempt("guess", from: "192.0.2.66:\(port)")?.errorText == "wrong password")
      }
      early.say(PBXText.login(challenge: challenge))
      #expect(await early.hear()?.errorText == "too many wrong logins from this address")
      #expect(await early.hear() == nil, "closed")
      #expect(await attempt("pwd", from: "192.0.2.66:5") == nil, "the right one comes too late")
      #expect(await attempt("pwd", from: "192.0.2.67:5")?.ok == true, "others are heard")
      #expect(rig.metrics.total("presence_gateway_pbx_logins_total{result=too_often}") == 2)
      #expect(
        rig.state("login pbx").map { "\($0)" }?.contains("192.0.2.66 is not heard for a minute") == true)
      await rig.pass(.seconds(59))
      #expect(await attempt("pwd", from: "192.0.2.66:6") == nil)
      await rig.pass(.seconds(1))
      #expect(await attempt("pwd", from: "192.0.2.66:7")?.ok == true)
    }
  }

  @Test func anOldPasswordIsNamedInTheCheck() async throws {
    let rig = PluginRig([
      "master": "pbx",
      "app": [
        "path": "/example.com/presence", "password": "env:new",
        "previous_passwords": ["env:older", "env:pwd"],
      ],
    ])
    try await rig.run {
      _ = await rig.connect()
      await rig.until {
        rig.state("login pbx")
          == .ok(
            detail: "domain example.com, with one of previous_passwords: change it at the App object")
      }
    }
  }

  @Test func aMissingPBXIsNamedWithTheRemedy() async throws {
    let rig = PluginRig()
    try await rig.run {
      #expect(
        rig.state("login pbx")
          == .pending(
            progress: "waiting for PBX pbx to dial https://gateway.example.com/example.com/presence"))
      _ = await rig.connect("main")
      await rig.until { rig.state("login main") != nil }
      await rig.pass(.seconds(31)) {
        if case .failing(let reason, let remedy)? = rig.state("login pbx") {
          return reason == "PBX pbx has not logged in"
            && remedy.hasSuffix("websocket ticked. The PBX main is connected: is `master` its name?")
        }
        return false
      }
    }
  }

  @Test func missingVisibilityIsNamedWithTheRemedy() async throws {
    let rig = PluginRig()
    try await rig.run {
      let pbx = await rig.connect()
      await rig.replicate(pbx, [("a", "pbx")])
      rig.roster.set(["a"])
      #expect(await pbx.hear("SubscribePresence") != nil)
      await rig.pass(.seconds(32)) {
        rig.state("visibility")
          == .failing(
            reason: "1 of 1 users do not show their presence: sip-a",
            remedy:
              "Add `presence-gw` in the Visibility tab of these users or of their template, with visible, "
              + "online, presence and otf ticked.")
      }
    }
  }

  @Test func missingTicksAreNamed() async throws {
    let rig = PluginRig()
    try await rig.run {
      _ = await rig.connect(apis: ["PbxApi"])
      await rig.until { rig.state("calls pbx") != nil }
      #expect(
        rig.state("calls pbx")
          == .failing(
            reason:
              "PbxImpersonation is not ticked: calls from elsewhere are shown as busy instead of on-the-"
              + "phone",
            remedy: "Tick PbxImpersonation at the App object."))
      #expect(
        rig.state("users")
          == .failing(
            reason: "the App object may not read users", remedy: "Tick PbxTableUsers at the App object."))
    }
  }

  @Test func whatWasPutOffBeforeItWasSentIsNotSentTwice() async throws {
    let rig = PluginRig()
    try await rig.run {
      func update(_ cause: PresenceUpdate.Cause) -> PresenceUpdate {
        PresenceUpdate(user: "a", presence: Presence(.busy), previous: Presence(.busy), cause: cause)
      }
      _ = await rig.deliver([update(.change)])
      let pbx = await rig.connect()
      await rig.replicate(pbx, [("a", "pbx")])
      await rig.until { rig.recorded.signals.losses.count == 2 }
      #expect(await rig.deliver([update(.repair)]) == [.delivered(lease: nil)], "nothing had been sent")
      async let repaired = rig.deliver([update(.repair)])
      let set = await pbx.hear("SetPresence")
      #expect(set?.activity == "busy")
      pbx.say(#"{"mt":"SetPresenceResult","src":"\#(set?.src ?? "")"}"#)
      #expect(await repaired == [.delivered(lease: nil)])
    }
  }

  @Test func unknownUsersHaveADefinedOutcome() async throws {
    let rig = PluginRig()
    try await rig.run {
      let update = PresenceUpdate(user: "x", presence: Presence(.busy), previous: nil, cause: .change)
      let clear = PresenceUpdate(user: "x", presence: nil, previous: Presence(.busy), cause: .clear)
      #expect(
        await rig.deliver([update]) == [
          .retry(after: nil, reason: "the users of PBX pbx are not read yet")
        ])
      let pbx = await rig.connect()
      await rig.replicate(pbx, [("a", "pbx")])
      await rig.until { !rig.directory.changes.isEmpty }
      #expect(
        await rig.deliver([update, clear]) == [
          .rejected(reason: "the PBX does not know this user any more"), .delivered(lease: nil),
        ])
    }
  }

  @Test func aBurstCostsIntermediateStatesOnly() async throws {
    let rig = PluginRig()
    try await rig.run {
      let pbx = await rig.connect()
      await rig.replicate(pbx, [("a", "pbx")])
      rig.roster.set(["a"])
      _ = await pbx.hear("SubscribePresence")
      for index in 0..<2000 {
        let word = index == 1999 ? "lunch" : index.isMultiple(of: 2) ? "busy" : "away"
        pbx.say(PBXText.presence("a", #"{"contact":"tel:","activity":"\#(word)"}"#))
      }
      await rig.until { rig.recorded.inlet.events.last?.presence == Presence(.away, .lunch) }
    }
  }
}
