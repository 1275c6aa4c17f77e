// `contact: tel:`: the user's own entry is remembered before it is written over, never mistaken, and given back.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct OwnEntriesTests {
  private func up() -> SessionRig {
    var rig = SessionRig { $0.contact = "tel:" }
    rig.connect(pbx: "slave")
    _ = rig.watch("u")
    return rig
  }
  private func list(_ activity: String, _ note: String = "") -> String {
    PBXText.presence(
      "u", #"{"contact":"tel:","activity":"\#(activity)","note":"\#(note)"},{"contact":"im:"}"#)
  }
  private func written(_ effects: [PBXSession.Effect]) -> [String] {
    effects.sent.filter { $0.mt == "SetPresence" }.map {
      "\($0.contact ?? "") \($0.activity ?? "")/\($0.note ?? "")"
    }
  }
  /// Answers the write among `effects`.
  private func accept(_ rig: inout SessionRig, _ effects: [PBXSession.Effect]) -> [PBXSession.Effect] {
    rig.receive(#"{"mt":"SetPresenceResult","src":"\#(effects.sent.last?.src ?? "?")"}"#)
  }
  let meeting = Presence(.busy, .inMeeting)

  @Test func theOwnEntryComesBackWithItsNote() {
    var rig = up()
    #expect(
      rig.receive(list("lunch", "back at one")).reported == [
        Presence(.away, .lunch, note: Note("back at one"))
      ])
    let write = rig.deliver("u", meeting)
    #expect(written(write) == ["tel: meeting/"])
    #expect(accept(&rig, write).outcomes == [.delivered(lease: nil)])
    #expect(rig.receive(list("meeting")).reported == [], "ours is not the user's doing")

    let change = rig.deliver("u", Presence(.doNotDisturb), previous: meeting)
    #expect(written(change) == ["tel: dnd/"])
    #expect(rig.receive(list("meeting")).reported == [], "the one before is still on its way")
    _ = accept(&rig, change)
    #expect(rig.receive(list("dnd")).reported == [])

    let end = rig.deliver("u", .available, previous: Presence(.doNotDisturb))
    #expect(written(end) == ["tel: lunch/back at one"])
    #expect(accept(&rig, end).outcomes == [.delivered(lease: nil)])
    #expect(rig.receive(list("dnd")).reported == [], "the list lags behind")
    #expect(rig.receive(list("lunch", "back at one")).reported == [])
    #expect(written(rig.deliver("u", .available)).isEmpty)
  }

  @Test func whatTheUserChoosesMeanwhileStands() {
    var rig = up()
    _ = rig.receive(list(""))
    let write = rig.deliver("u", meeting)
    _ = accept(&rig, write)
    _ = rig.receive(list("meeting"))
    #expect(rig.receive(list("away")).reported == [Presence(.away)])
    #expect(
      written(rig.deliver("u", .available, previous: meeting)).isEmpty, "nothing of ours is there any more")
    let again = rig.deliver("u", meeting)
    #expect(written(again) == ["tel: meeting/"])
    _ = accept(&rig, again)
    #expect(written(rig.deliver("u", .available, previous: meeting)) == ["tel: away/"])
  }

  @Test func aLateAnswerToWhatTheUserReplacedMeansNothing() {
    var rig = up()
    _ = rig.receive(list(""))
    let late = rig.deliver("u", meeting)
    #expect(rig.advance(.seconds(15)).outcomes.count == 1, "given up")
    _ = rig.receive(list("away"))
    #expect(written(rig.deliver("u", .available, previous: meeting)).isEmpty)
    _ = accept(&rig, late)
    #expect(written(rig.deliver("u", meeting)) == ["tel: meeting/"])
  }

  @Test func aCallHidesNeitherEntry() {
    var rig = up()
    _ = rig.receive(list("lunch"))
    let write = rig.deliver("u", meeting)
    _ = accept(&rig, write)
    #expect(rig.receive(list("on-the-phone")).reported == [Presence(.away, .lunch, call: .connected)])
    #expect(rig.receive(list("meeting")).reported == [Presence(.away, .lunch)])
    #expect(written(rig.deliver("u", .available, previous: meeting)) == ["tel: lunch/"])
  }

  @Test func whatStandsThereAlreadyIsNotWritten() {
    var rig = up()
    _ = rig.receive(list("meeting"))
    #expect(rig.deliver("u", meeting).outcomes == [.delivered(lease: nil)])
    #expect(rig.deliver("u", .available, previous: meeting).sent.isEmpty, "it is the user's own")
    var other = up()
    _ = other.receive(list(""))
    _ = accept(&other, other.deliver("u", meeting))
    #expect(other.deliver("u", meeting, previous: meeting, repair: true).sent.isEmpty)
  }

  @Test func anEntryThatIsNotKnownIsNotWrittenOver() {
    var rig = up()
    #expect(
      rig.deliver("u", meeting).outcomes
        == [.retry(after: .seconds(2), reason: "the user's own tel: entry has not been read yet")])
    _ = rig.receive(#"{"mt":"SubscribePresenceResult","src":"p:u","error":2}"#)
    #expect(
      rig.deliver("u", meeting).outcomes
        == [
          .rejected(
            reason: "the user's own tel: entry cannot be read, so it is not written over: see visibility")
        ])
    let call = rig.deliver("u", Presence(.doNotDisturb, call: .connected))
    #expect(call.sent.map(\.mt) == ["CreateApi"], "a call takes nothing away from anybody")
  }

  @Test func itIsRememberedBeforeAnythingIsSentAndAcrossARestart() async throws {
    let state = MemoryState()
    let config: ConfigValue = [
      "master": "pbx", "contact": "tel:", "app": ["path": "/example.com/presence", "password": "env:pwd"],
    ]
    let first = PluginRig(config, state: state)
    try await first.run {
      let pbx = await first.connect()
      await first.replicate(pbx, [("u", "pbx")])
      await first.until { !first.directory.changes.isEmpty }
      // Nobody reads this user: writing alone needs to know the entry.
      let update = PresenceUpdate(user: "u", presence: meeting, previous: nil, cause: .change)
      #expect(
        await first.deliver([update])
          == [.retry(after: .seconds(2), reason: "the user's own tel: entry has not been read yet")])
      #expect(await pbx.hear("SubscribePresence")?.sip == "sip-u")
      pbx.say(list("lunch"))
      await first.until { !first.recorded.inlet.events.isEmpty }
      async let outcome = first.deliver([update])
      let set = await pbx.hear("SetPresence")
      #expect(state.values.keys.contains { $0.hasPrefix("own-entries/") }, "before it was sent")
      pbx.say(#"{"mt":"SetPresenceResult","src":"\#(set?.src ?? "")"}"#)
      #expect(await outcome == [.delivered(lease: nil)])
    }
    let second = PluginRig(config, state: state)
    try await second.run {
      let pbx = await second.connect()
      await second.replicate(pbx, [("u", "pbx")])
      second.roster.set(["u"])
      _ = await pbx.hear("SubscribePresence")
      pbx.say(list("meeting"))
      await second.until { !second.recorded.inlet.events.isEmpty }
      #expect(second.recorded.inlet.events.map(\.presence) == [Presence(.away, .lunch)], "the user's own")
      let clear = PresenceUpdate(user: "u", presence: nil, previous: meeting, cause: .clear)
      async let outcome = second.deliver([clear])
      let set = await pbx.hear("SetPresence")
      #expect(set?.activity == "lunch")
      pbx.say(#"{"mt":"SetPresenceResult","src":"\#(set?.src ?? "")"}"#)
      #expect(await outcome == [.delivered(lease: nil)])
      pbx.say(list("lunch"))
      let isForgotten = await second.recorded.clock.pass(within: .seconds(1)) {
        !state.values.keys.contains { $0.hasPrefix("own-entries/") }
      }
      #expect(isForgotten)
    }
  }
}
