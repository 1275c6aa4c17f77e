// Nothing tells who caused a state in Teams: what the gateway wrote there must never come back as news.

import PluginAPI
import Testing

@testable import Gateway

struct EngineEchoTests {
  private let teams = EngineBench.teams
  private let pbx = EngineBench.pbx

  @Test func aChangeTravelsBothWays() {
    let bench = EngineBench(people: 2)
    bench.event(pbx, 0, .calling)
    bench.event(teams, 1, .doNotDisturb)
    bench.advance(0.25)
    #expect(
      bench.accepted() == [
        "teams t0: nothing > busy inCall connected (change)", "pbx p1: nothing > doNotDisturb (change)",
      ])
    #expect(bench.latencies.map(\.route) == [1, 0])
    #expect(bench.latencies.map(\.seconds) == [0.25, 0.25])
  }

  @Test func whatWeWroteIsAnEchoWhetherAcceptedYetOrNot() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .calling)
    bench.event(teams, 0, .calling)
    #expect(bench.echoes == 1)
    #expect(bench.accepted() == ["teams t0: nothing > busy inCall connected (change)"])
    bench.event(teams, 0, .calling)
    bench.event(teams, 0, .calling, polledAt: bench.now)
    #expect(bench.echoes == 3)
    #expect(bench.accepted() == [])
  }

  @Test func aNoteDoesNotMakeAnEchoNews() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted()
    bench.event(teams, 0, Presence(.busy, note: Note("in town")))
    #expect(bench.accepted() == [])
  }

  @Test func aLateEchoOfAnyFormerValueIsStillAnEcho() {
    let bench = EngineBench(people: 1)
    for value in [Presence.busy, .away, .available] {
      bench.event(pbx, 0, value)
      _ = bench.accepted()
      bench.advance(1)
    }
    bench.advance(8)
    bench.event(teams, 0, .busy)
    bench.event(teams, 0, .away)
    #expect(bench.echoes == 2)
    #expect(bench.accepted() == [])
  }

  @Test func theSameValueIsNewsOnceTheEchoesHaveFaded() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted()
    bench.event(pbx, 0, .available)
    _ = bench.accepted()
    bench.advance(12)
    bench.event(teams, 0, .busy)
    #expect(bench.accepted() == ["pbx p0: nothing > busy (change)"])
  }

  @Test func afterALostAnswerBothValuesAreEchoes() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted()
    bench.event(pbx, 0, .away)
    bench.answer(.failure(PluginFailure(.retry(after: .seconds(30)), "no answer")))
    bench.event(teams, 0, .busy)
    bench.event(teams, 0, .away)
    #expect(bench.echoes == 2)
    bench.advance(30)
    #expect(bench.accepted() == ["teams t0: busy > away (repair)"])
  }

  @Test func aPersonsOwnStateIsNewsBesideOurs() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted()
    bench.event(teams, 0, .doNotDisturb)
    #expect(bench.accepted() == ["pbx p0: nothing > doNotDisturb (change)"])
  }

  @Test func aStateHiddenBehindOursIsFoundAfterwards() throws {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .calling)
    _ = bench.accepted()
    // Meanwhile a call begins in Teams: nothing to be seen of it, not even when ours is taken back.
    bench.event(pbx, 0, .available)
    _ = bench.accepted()
    let takenBack = bench.now
    bench.advance(11.9)
    #expect(bench.polls.isEmpty)
    bench.advance(3.1)
    let poll = try #require(bench.polls.first)
    #expect(poll.users == ["t0"])
    #expect(bench.now - takenBack <= .seconds(15))
    bench.answerPolls { _ in .calling }
    #expect(bench.accepted() == ["pbx p0: nothing > busy inCall connected (change)"])
  }

  @Test func aPollSoonAfterTheTakeBackIsNotBelieved() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted()
    let asked = bench.now
    bench.event(pbx, 0, .available)
    _ = bench.accepted()
    bench.advance(3)
    bench.event(teams, 0, .busy, polledAt: bench.now)
    bench.advance(60)
    bench.event(teams, 0, .busy, polledAt: asked)
    #expect(bench.echoes == 2)
    #expect(bench.accepted() == [])
  }

  @Test func anExpiredLeaseIsLookedBehindToo() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .calling)
    _ = bench.accepted(lease: .seconds(60))
    bench.advance(50)
    bench.answer(.failure(PluginFailure(.retry(after: .seconds(300)), "no answer")))
    bench.advance(26)
    #expect(bench.outcomes.contains(.expired))
    #expect(bench.polls.map(\.users) == [["t0"]])
  }
}
