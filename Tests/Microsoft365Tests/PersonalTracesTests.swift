// A person's own state and message are not lost by ours: a small tenant keeps both sides honest.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct PersonalTracesTests {
  /// Teams for one person: the preferred state wins, and there is one message.
  final class Person: Sendable {
    let state = Locked<(preferred: String?, message: String?, calls: [String])>((nil, nil, []))
    /// What Graph still shows although it is no longer so.
    let stale = Locked<String?>(nil)
    var shown: String { state.withLock { $0.preferred ?? "Available/Available" } }
    var message: String? { state.withLock { $0.message } }
    var calls: [String] {
      state.withLock { state in
        defer { state.calls = [] }
        return state.calls
      }
    }

    private struct Body: Decodable {
      struct Status: Decodable {
        struct Message: Decodable { var content: String }
        var message: Message
      }
      var availability, activity: String?
      var statusMessage: Status?
    }

    func answer(_ request: HTTPRequest) -> HTTPResponse? {
      if request.url.hasSuffix("getPresencesByUserId") {
        let pair = shown.split(separator: "/")
        return .json(#"{"value":[{"id":"u-1","availability":"\#(pair[0])","activity":"\#(pair[1])"}]}"#)
      }
      guard request.url.contains("/presence") else { return nil }
      let action = String(request.url.split(separator: "/").last ?? "")
      let body = try? JSONDecoder().decode(Body.self, from: Data(request.body ?? []))
      let stale = stale.withLock { $0 }
      return state.withLock { state in
        state.calls.append(action)
        switch action {
        case "presence":
          let pair = (stale ?? state.preferred ?? "Available/Available").split(separator: "/")
          let message =
            state.message.map { #"{"message":{"content":"\#($0)","contentType":"text"}}"# } ?? "null"
          return .json(
            #"{"availability":"\#(pair[0])","activity":"\#(pair[1])","statusMessage":\#(message)}"#)
        case "setUserPreferredPresence":
          state.preferred = "\(body?.availability ?? "")/\(body?.activity ?? "")"
        case "clearUserPreferredPresence": state.preferred = nil
        case "setStatusMessage":
          let text = body?.statusMessage?.message.content ?? ""
          state.message = text.isEmpty ? nil : text
        default: break
        }
        return HTTPResponse(status: 200)
      }
    }
  }

  struct Bench {
    let person = Person()
    let graph: FakeGraph
    let plugin: Microsoft365Plugin

    init(_ options: [String: ConfigValue]) {
      let person = person
      graph = FakeGraph { person.answer($0) }
      var section: [String: ConfigValue] = [
        "client_id": .scalar(FakeGraph.writer), "client_secret": "env:write-secret",
      ]
      section.merge(options) { $1 }
      plugin = graph.plugin([
        "read": ["client_id": .scalar(FakeGraph.reader), "mode": "poll", "client_secret": "env:s"],
        "write": .mapping(section),
      ])
    }
    func deliver(
      _ presence: Presence?, previous: Presence? = nil, _ cause: PresenceUpdate.Cause = .change
    ) async throws {
      let outcomes = try await plugin.deliver([
        PresenceUpdate(
          user: "u-1", presence: presence.map(plugin.held), previous: previous.map(plugin.held), cause: cause)
      ])
      guard case .delivered? = outcomes.first else {
        Issue.record("\(outcomes)")
        return
      }
    }
    /// The person has chosen anew, and a poll shows it when Microsoft can no longer be behind.
    func seeAChoice() async throws {
      person.state.withLock { $0.preferred = "DoNotDisturb/DoNotDisturb" }
      graph.kit.clock.advance(by: .seconds(61))
      _ = try await plugin.poll(["u-1"])
    }
  }
  static let busy = Presence(.busy)

  @Test(arguments: ["DoNotDisturb/DoNotDisturb", "Busy/Busy", "BeRightBack/BeRightBack", "Offline/OffWork"])
  func aStateChosenByHandComesBack(_ chosen: String) async throws {
    let bench = Bench(["restore_manual": "true"])
    bench.person.state.withLock { $0.preferred = chosen }
    try await bench.deliver(Presence(.away))
    #expect(bench.person.shown == "Away/Away")
    try await bench.deliver(Self.busy, previous: Presence(.away))
    #expect(bench.person.calls == ["presence", "setUserPreferredPresence", "setUserPreferredPresence"])
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.shown == chosen)
    #expect(bench.graph.kit.state.values.isEmpty)
  }

  @Test(arguments: [nil, "Away/Away", "Busy/InAMeeting", "DoNotDisturb/Presenting"])
  func whatNobodyChoseDoesNotComeBack(_ shown: String?) async throws {
    let bench = Bench(["restore_manual": "true"])
    bench.person.state.withLock { $0.preferred = shown }
    try await bench.deliver(Self.busy)
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.state.withLock { $0.preferred } == nil)
  }

  @Test func aChoiceMadeMeanwhileStays() async throws {
    let bench = Bench(["restore_manual": "true"])
    bench.person.state.withLock { $0.preferred = "DoNotDisturb/DoNotDisturb" }
    try await bench.deliver(Self.busy)
    bench.person.state.withLock { $0.preferred = "BeRightBack/BeRightBack" }
    bench.graph.kit.clock.advance(by: .seconds(61))
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.shown == "BeRightBack/BeRightBack")
    #expect(bench.graph.kit.state.values.isEmpty)
  }

  @Test func whatGraphIsSlowToShowIsNotTakenForAChoice() async throws {
    let bench = Bench(["restore_manual": "true"])
    bench.person.stale.withLock { $0 = "Available/Available" }
    try await bench.deliver(Self.busy)
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.shown == "Available/Available", "ours is taken back")
    // What has just ended still shows when the next begins.
    bench.person.stale.withLock { $0 = "Busy/Busy" }
    try await bench.deliver(Presence(.doNotDisturb))
    try await bench.deliver(nil, previous: Presence(.doNotDisturb), .clear)
    #expect(bench.person.shown == "Available/Available", "ours does not come back as theirs")
  }

  @Test func whatWasGivenBackIsKeptAlthoughGraphIsSlowToShowIt() async throws {
    let bench = Bench(["restore_manual": "true"])
    bench.person.state.withLock { $0.preferred = "DoNotDisturb/DoNotDisturb" }
    try await bench.deliver(Self.busy)
    try await bench.deliver(nil, previous: Self.busy, .clear)
    bench.person.stale.withLock { $0 = "Busy/Busy" }
    try await bench.deliver(Presence(.away))
    try await bench.deliver(nil, previous: Presence(.away), .clear)
    #expect(bench.person.shown == "DoNotDisturb/DoNotDisturb")
  }

  @Test(arguments: ["false", "true"]) func aRepairLeavesAStateThatWeNeverSet(_ restores: String) async throws
  {
    let bench = Bench(["restore_manual": .scalar(restores)])
    let call = Presence(.available, call: .connected)
    bench.person.state.withLock { $0.preferred = "DoNotDisturb/DoNotDisturb" }
    try await bench.deliver(call)
    // The answer was lost.
    try await bench.deliver(call, previous: call, .repair)
    try await bench.deliver(nil, .repair)
    #expect(bench.person.shown == "DoNotDisturb/DoNotDisturb")
  }

  @Test func aRepairTakesBackWhatWasSetInAnEarlierLife() async throws {
    let bench = Bench([:])
    try await bench.deliver(Self.busy)
    #expect(bench.person.shown == "Busy/Busy")
    try await bench.deliver(nil, .repair)
    #expect(bench.person.shown == "Available/Available")
    #expect(bench.graph.kit.state.values.isEmpty)
  }

  @Test func aChoiceThatWasSeenToReplaceOursStays() async throws {
    let bench = Bench([:])
    try await bench.deliver(Self.busy)
    try await bench.seeAChoice()
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.shown == "DoNotDisturb/DoNotDisturb")
    #expect(bench.graph.kit.state.values.isEmpty)
  }

  @Test func aChoiceThatWasSeenStaysWhenACallComesAndGoes() async throws {
    let bench = Bench([:])
    let call = Presence(.busy, call: .connected)
    try await bench.deliver(Self.busy)
    try await bench.seeAChoice()
    try await bench.deliver(call, previous: Self.busy)
    try await bench.deliver(nil, previous: call, .clear)
    #expect(bench.person.calls == ["setUserPreferredPresence", "setPresence", "clearPresence"])
    #expect(bench.person.shown == "DoNotDisturb/DoNotDisturb")
  }

  @Test func whatARefreshHasReplacedKeepsNothingOfOurs() async throws {
    let bench = Bench([:])
    try await bench.deliver(Self.busy)
    try await bench.seeAChoice()
    bench.graph.kit.clock.advance(by: .seconds(12 * 3600))
    try await bench.deliver(Self.busy, previous: Self.busy, .refresh)
    #expect(bench.person.shown == "Busy/Busy")
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.shown == "Available/Available")
  }

  @Test(arguments: [(30, "DoNotDisturb/DoNotDisturb"), (61, "Offline/Offline")])
  func whatMayBeOldOrAClosedTeamsIsNoChoice(_ seconds: Int, _ shown: String) async throws {
    let bench = Bench([:])
    try await bench.deliver(Self.busy)
    bench.person.state.withLock { $0.preferred = shown }
    bench.graph.kit.clock.advance(by: .seconds(seconds))
    _ = try await bench.plugin.poll(["u-1"])
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.calls.last == "clearUserPreferredPresence")
  }

  @Test func afterACrashOursIsNotTakenForTheirs() async throws {
    let bench = Bench(["restore_manual": "true"])
    bench.person.state.withLock { $0.preferred = "DoNotDisturb/DoNotDisturb" }
    try await bench.deliver(Self.busy)
    // The answer was lost, or the gateway died: everything is established anew, and then taken back.
    try await bench.deliver(Self.busy, .repair)
    try await bench.deliver(nil, .repair)
    #expect(bench.person.shown == "DoNotDisturb/DoNotDisturb")
    // And a repair of somebody for whom nothing was ever set leaves their choice alone.
    try await bench.deliver(nil, .repair)
    #expect(bench.person.shown == "DoNotDisturb/DoNotDisturb")
  }

  @Test func withoutTheOptionNothingIsReadAndTheChoiceIsGone() async throws {
    let bench = Bench([:])
    bench.person.state.withLock { $0.preferred = "DoNotDisturb/DoNotDisturb" }
    try await bench.deliver(Presence(.busy, note: Note("x")))
    try await bench.deliver(nil, previous: Self.busy, .clear)
    #expect(bench.person.calls == ["setUserPreferredPresence", "clearUserPreferredPresence"])
    #expect(bench.person.shown == "Available/Available")
  }

  @Test func aNoteIsTheStatusMessageAndGoesWithIt() async throws {
    let bench = Bench(["status_message": "note"])
    let lunch = Presence(.away, note: Note(" at lunch "))
    try await bench.deliver(lunch)
    #expect(bench.person.message == "at lunch")
    try await bench.deliver(Presence(.away, note: Note("back at 2")), previous: lunch)
    #expect(bench.person.message == "back at 2")
    try await bench.deliver(nil, previous: Presence(.away, note: Note("back at 2")), .clear)
    #expect(bench.person.message == nil)
    #expect(bench.graph.kit.state.values.isEmpty)
  }

  @Test func aMessageOfTheirOwnStaysAndIsTold() async throws {
    let bench = Bench(["status_message": "note"])
    let lunch = Presence(.away, note: Note("at lunch"))
    bench.person.state.withLock { $0.message = "Deadline today" }
    try await bench.deliver(lunch)
    #expect(bench.person.message == "Deadline today")
    #expect(bench.graph.kit.users.problems(of: "u-1")["status message"] != nil)
    try await bench.deliver(nil, previous: lunch, .clear)
    #expect(bench.person.message == "Deadline today")
    #expect(bench.graph.kit.users.problems(of: "u-1").isEmpty)
    // They replace ours: what they wrote is not wiped when ours ends.
    bench.person.state.withLock { $0.message = nil }
    try await bench.deliver(lunch)
    bench.person.state.withLock { $0.message = "Mine again" }
    try await bench.deliver(nil, previous: lunch, .clear)
    #expect(bench.person.message == "Mine again")
    try await bench.deliver(nil, .repair)
    #expect(bench.person.message == "Mine again")
  }
}
