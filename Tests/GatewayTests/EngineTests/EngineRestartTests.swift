// What the store learns, what a restart makes of it, and how the engine ends.

import PluginAPI
import Testing

@testable import Gateway

struct EngineRestartTests {
  private let teams = EngineBench.teams
  private let pbx = EngineBench.pbx

  /// The next life of the gateway, from what the store had.
  private func restarted(_ bench: EngineBench, people: Int) -> EngineBench {
    let next = EngineBench()
    next.now = bench.now
    for (user, remembered) in bench.remembered where remembered != .held(nil, lease: nil) {
      next.engine.restore(
        remembered, user: user, sink: user.rawValue.hasPrefix("t") ? teams : pbx, now: next.now)
    }
    next.publish(teams, 0..<people)
    next.publish(pbx, 0..<people)
    return next
  }

  @Test func whatIsThereIsNotSentAgain() {
    let bench = EngineBench(people: 2)
    bench.event(pbx, 0, .busy)
    bench.event(teams, 1, .away)
    _ = bench.accepted()
    let next = restarted(bench, people: 2)
    next.answerPolls { $0 == "t0" ? .busy : .away }
    next.event(pbx, 0, .busy)
    next.event(pbx, 1, .available)
    #expect(next.echoes == 1)
    #expect(next.accepted() == [])
  }

  @Test func whatChangedMeanwhileIsCaughtUpWith() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted()
    let next = restarted(bench, people: 1)
    next.event(pbx, 0, .available)
    #expect(next.accepted() == ["teams t0: busy > nothing (clear)"])
  }

  @Test func whatWasUnderWayIsRepairedAndIsAnEchoUntilThen() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    #expect(bench.remembered["t0"] == .doubtful([.busy]), "before it is sent")
    let next = restarted(bench, people: 1)
    next.answerPolls { _ in .busy }
    #expect(next.echoes == 1)
    #expect(next.accepted() == [])
    next.event(pbx, 0, .busy)
    #expect(next.accepted() == ["teams t0: nothing > busy (repair)"])
    #expect(next.remembered["t0"] == .held(.busy, lease: nil))
  }

  @Test func afterARefusalNobodyKnowsWhatIsThere() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted(lease: .seconds(600))
    bench.advance(100)
    bench.event(pbx, 0, .away)
    #expect(bench.remembered["t0"] == .doubtful([.busy, .away]))
    bench.answer(.success([.rejected(reason: "not this one")]))
    #expect(bench.remembered["t0"] == .doubtful([.busy]))
    #expect(bench.outcomes.last == .rejected(reason: "not this one"))
  }

  @Test func aLossIsRemembered() {
    let bench = EngineBench(people: 1)
    bench.event(teams, 0, Presence(.doNotDisturb, call: .connected))
    _ = bench.accepted()
    bench.take(bench.engine.lost(.call, of: nil, sink: pbx, now: bench.now))
    #expect(bench.remembered["p0"] == .doubtful([.doNotDisturb, Presence(.doNotDisturb, call: .connected)]))
    #expect(bench.accepted() == ["pbx p0: doNotDisturb > doNotDisturb connected (change)"])
    bench.event(teams, 0, .available)
    _ = bench.accepted()
    #expect(bench.remembered["p0"] == .held(nil, lease: nil))
  }

  @Test func aSinkThatAnswersForAnotherNumberIsNotBelieved() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    bench.answer(.success([]))
    #expect(bench.outcomes == [.postponed(reason: "the sink answered for another number of updates")])
    bench.advance(1)
    #expect(bench.accepted() == ["teams t0: nothing > busy (repair)"])
  }

  @Test func afterTheEndNothingIsShownAgain() {
    let bench = EngineBench(people: 2)
    bench.event(pbx, 0, .busy)
    bench.event(teams, 1, .away)
    _ = bench.accepted()
    bench.take(bench.engine.takeEverythingBack(now: bench.now))
    bench.event(pbx, 0, .doNotDisturb)
    bench.event(pbx, 1, .doNotDisturb)
    #expect(
      bench.accepted() == ["teams t0: busy > nothing (clear)", "pbx p1: away > nothing (clear)"])
    #expect(bench.accepted() == [])
  }
}
