// Requested but not effective: told once, withdrawn when it shows, and asked about where nothing is pushed.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite struct EffectWatchTests {
  static func at(_ seconds: Int) -> Moment { Moment(nanoseconds: Int64(seconds) * 1_000_000_000) }
  static let call = TeamsState(session: .inCall)
  static let dnd = Presence(.doNotDisturb)

  @Test func aManualStateThatHidesACallIsToldOnceAndWithdrawn() {
    var watch = EffectWatch()
    #expect(watch.wrote(Self.call, of: "u", now: Self.at(0)) == false)
    #expect(watch.saw(Self.dnd, of: "u", asked: Self.at(4)) == nil, "it may be from before")
    #expect(watch.saw(Self.dnd, of: "u", asked: Self.at(6)) == .hidden(behind: Self.dnd))
    #expect(watch.saw(Self.dnd, of: "u", asked: Self.at(30)) == nil)
    let offWork = Presence(.offline, .offWork)
    #expect(watch.saw(offWork, of: "u", asked: Self.at(40)) == .hidden(behind: offWork))
    #expect(watch.saw(Presence(.busy, .inCall, call: .connected), of: "u", asked: Self.at(50)) == .effective)
    #expect(watch.saw(Self.dnd, of: "u", asked: Self.at(60)) == .hidden(behind: Self.dnd))
    #expect(
      watch.wrote(TeamsState(), of: "u", now: Self.at(70)) == true, "ours has ended: no problem any more")
    #expect(watch.saw(Self.dnd, of: "u", asked: Self.at(80)) == nil)
  }

  @Test func aRefreshStartsNothingAnew() {
    var watch = EffectWatch()
    _ = watch.wrote(Self.call, of: "u", now: Self.at(0))
    #expect(watch.unseen(now: Self.at(14)) == [])
    _ = watch.wrote(Self.call, of: "u", now: Self.at(10))
    #expect(watch.unseen(now: Self.at(15)) == ["u"])
    #expect(watch.unseen(now: Self.at(99)) == [], "asked once")
    _ = watch.wrote(TeamsState(preferred: .busy), of: "u", now: Self.at(100))
    #expect(watch.saw(Presence(.busy), of: "u", asked: Self.at(101)) == nil)
    #expect(watch.unseen(now: Self.at(200)) == [], "seen: no need to ask")
  }

  static let visible: [(TeamsState, Presence, Bool)] = [
    (call, Presence(.busy, .inCall, call: .connected), true),
    // As busy, or more, of itself.
    (call, Presence(.busy, .inMeeting), true),
    (call, Presence(.doNotDisturb, .presenting), true),
    (call, Presence(.doNotDisturb), false),
    (call, Presence(.available), false),
    (call, Presence(.away, .beRightBack), false),
    (TeamsState(preferred: .doNotDisturb), Presence(.doNotDisturb), true),
    (TeamsState(preferred: .doNotDisturb), Presence(.busy, .inMeeting), false),
    (TeamsState(preferred: .doNotDisturb), Presence(.offline), false),
    (TeamsState(preferred: .beRightBack), Presence(.away, .beRightBack), true),
    (TeamsState(preferred: .beRightBack), Presence(.away), false),
    (TeamsState(session: .away), Presence(.available), false),
    (TeamsState(session: .presenting), Presence(.doNotDisturb, .focusing), true),
    (TeamsState(session: .available), Presence(.offline), true),
  ]
  @Test(arguments: visible) func whatIsVisible(_ state: TeamsState, _ shown: Presence, _ isVisible: Bool) {
    #expect(state.isVisible(in: shown) == isVisible)
  }

  @Test func theProblemSaysWhatIsShownAndWhy() {
    #expect(
      Self.call.problem(behind: Self.dnd)
        == UserProblem(
          reason: "Teams shows doNotDisturb instead of Busy/InACall",
          remedy:
            "nothing to fix: what the person chooses in Teams wins; ours shows once they reset their status"))
    #expect(
      TeamsState(preferred: .away).problem(behind: Presence(.offline))
        == UserProblem(
          reason: "Teams shows offline instead of Away",
          remedy: "nothing to fix: Teams is closed there, and shows nothing until a client is open"))
    #expect(Self.call.problem(behind: Presence(.offline, .offWork)).reason.contains("offline (offWork)"))
  }

  @Test(.timeLimit(.minutes(1))) func thePluginComparesWhatItWroteWithWhatItReads() async throws {
    let shown = Locked("DoNotDisturb")
    let graph = FakeGraph { request in
      if request.url.hasSuffix("getPresencesByUserId") {
        let word = shown.withLock { $0 }
        return .json(
          #"{"value":[{"id":"u-1","availability":"\#(word)","activity":"\#(word == "Busy" ? "InACall" : word)"}]}"#
        )
      }
      return request.url.contains("/presence/") ? HTTPResponse(status: 200) : nil
    }
    let plugin = graph.plugin([
      "read": ["client_id": .scalar(FakeGraph.reader), "mode": "poll", "client_secret": "env:s"],
      "write": FakeGraph.writeSection,
    ])
    let held = Presence(.available, call: .connected)
    _ = try await plugin.deliver([PresenceUpdate(user: "u-1", presence: held, previous: nil, cause: .change)])
    let running = Task { try await plugin.run() }
    #expect(
      await graph.kit.clock.pass(within: .seconds(60)) { graph.kit.inlet.requestedPolls.contains(["u-1"]) })
    running.cancel()
    #expect(try await plugin.poll(["u-1"]).count == 1)
    #expect(
      graph.kit.users.problems(of: "u-1")["effective"]?.reason
        == "Teams shows doNotDisturb instead of Busy/InACall")
    shown.withLock { $0 = "Busy" }
    _ = try await plugin.poll(["u-1"])
    #expect(graph.kit.users.problems(of: "u-1")["effective"] == nil)
  }
}
