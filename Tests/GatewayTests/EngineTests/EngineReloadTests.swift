// A new configuration while the engine runs: whoever stays keeps everything, whoever goes is taken leave of.

import PluginAPI
import Testing

@testable import Gateway

struct EngineReloadTests {
  private static func part(_ id: String, type: String = "", rate: Limits.Rate? = nil)
    -> EngineSetup.PluginPart
  {
    .init(
      id: id, type: type, hasDirectory: true,
      sink: .init(
        limits: Limits(maxBatch: 20, maxInFlight: 20, rate: rate), held: { $0 },
        echoes: { id == "pbx" ? [] : [$0] }),
      poll: id == "teams" ? (Limits(maxBatch: 650), .seconds(600)) : nil)
  }
  private static func setup(
    _ plugins: [EngineSetup.PluginPart], _ routes: [(Int, Int)],
    map: @escaping @Sendable (Presence) -> Presence = { $0 }
  ) -> EngineSetup {
    EngineSetup(
      plugins: plugins, routes: routes.map { .init(from: $0, to: $1, priority: 0, map: map) },
      match: [.email], seed: 1)
  }
  /// Ada is busy on the telephone, and Teams has accepted it.
  private func started() -> EngineBench {
    let bench = EngineBench(people: 2)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.accepted() == ["teams t0: nothing > busy (change)"])
    return bench
  }

  @Test func nothingIsSentAgainWhenNothingChanged() {
    let bench = started()
    bench.take(
      bench.engine.reconfigure(
        Self.setup([Self.part("teams"), Self.part("pbx")], [(0, 1), (1, 0)]), now: bench.now))
    #expect(bench.underWay.isEmpty)
    bench.event(EngineBench.pbx, 0, .away)
    #expect(bench.underWay.map(\.sink) == [EngineBench.teams])
    #expect(bench.underWay[0].updates[0].previous == .busy)
  }

  @Test func whatWasRefusedIsTriedOnceMoreWhenThePluginSaysSo() {
    let bench = EngineBench(people: 1)
    bench.event(EngineBench.pbx, 0, .busy)
    bench.answer(.success([.rejected(reason: "no right")]))
    bench.advance(3600)
    #expect(bench.underWay.isEmpty)
    bench.take(bench.engine.lost(.nothing, of: nil, sink: EngineBench.teams, now: bench.now))
    #expect(bench.accepted() == ["teams t0: nothing > busy (repair)"])
  }

  @Test func pluginsMayChangeTheirPlaces() {
    let bench = started()
    bench.take(
      bench.engine.reconfigure(
        Self.setup([Self.part("pbx"), Self.part("teams")], [(0, 1), (1, 0)]), now: bench.now))
    #expect(bench.underWay.isEmpty)
    let event = PresenceEvent(user: "p0", presence: .available, receivedAt: bench.now)
    bench.take(bench.engine.apply([event], of: 0, now: bench.now))
    #expect(bench.underWay.map(\.sink) == [1])
    #expect(bench.underWay[0].updates[0] == .init(user: "t0", presence: nil, previous: .busy, cause: .clear))
  }

  @Test func aNewMapIsAppliedToWhatWasSaidBefore() {
    let bench = started()
    bench.take(
      bench.engine.reconfigure(
        Self.setup(
          [Self.part("teams"), Self.part("pbx")], [(0, 1), (1, 0)], map: { _ in .doNotDisturb }),
        now: bench.now))
    #expect(bench.underWay.flatMap(\.updates).map(\.presence) == [.doNotDisturb])
  }

  @Test func aRouteThatGoesIsTakenBackAndItsRosterEmptied() {
    let bench = started()
    #expect(bench.rosters[EngineBench.pbx] == ["p0", "p1"])
    bench.take(
      bench.engine.reconfigure(Self.setup([Self.part("teams"), Self.part("pbx")], [(0, 1)]), now: bench.now))
    #expect(bench.underWay.flatMap(\.updates).map(\.cause) == [.clear])
    #expect(bench.rosters[EngineBench.pbx] == [])
    #expect(bench.rosters[EngineBench.teams] == ["t0", "t1"])
  }

  @Test func aPluginThatGoesTakesItsContributionsWithIt() {
    let bench = started()
    bench.take(bench.engine.reconfigure(Self.setup([Self.part("teams")], []), now: bench.now))
    #expect(bench.underWay.flatMap(\.updates).map(\.cause) == [.clear])
  }

  @Test func anotherTypeUnderTheSameIdBeginsAnew() {
    let bench = started()
    bench.take(
      bench.engine.reconfigure(
        Self.setup([Self.part("teams", type: "other"), Self.part("pbx")], [(0, 1), (1, 0)]), now: bench.now))
    #expect(bench.engine.tables[0].count == 0)
    #expect(bench.engine.heardDirectory == [false, true])
  }

  @Test func anAnswerThatIsOutstandingStillCounts() {
    let bench = EngineBench(people: 1)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.underWay.count == 1)
    bench.take(
      bench.engine.reconfigure(
        Self.setup([Self.part("teams"), Self.part("pbx")], [(0, 1), (1, 0)]), now: bench.now))
    bench.answer(.success([.delivered(lease: nil)]))
    #expect(bench.underWay.isEmpty)
    #expect(bench.engine.outboxes[0]?.depth == 0)
  }

  @Test func aNarrowerLimitHoldsAtOnce() {
    let bench = EngineBench(people: 2)
    let narrow = Self.part("teams", rate: .init(2, per: .seconds(10)))
    bench.take(
      bench.engine.reconfigure(Self.setup([narrow, Self.part("pbx")], [(0, 1), (1, 0)]), now: bench.now))
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.underWay.isEmpty, "nothing was saved up before")
    bench.advance(11)
    #expect(bench.underWay.count == 1)
  }
}
