// Filters, working hours and patience of a route, in the engine: from the PBX to Teams.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct EngineRouteTests {
  /// Monday 2026-11-23, 16:59 in Berlin.
  private static let beforeClosing = Date(timeIntervalSince1970: 1_795_449_540)

  private func terms(_ change: (inout RouteTerms) -> Void) -> RouteTerms {
    var terms = RouteTerms()
    change(&terms)
    return terms
  }
  private func hours(outside: Presence?) throws -> RouteTerms {
    let zone = try TimeZoneRules(named: "Europe/Berlin")
    return terms {
      $0.hours = WorkingHours(
        days: [.mon, .tue, .wed, .thu, .fri], from: 480, to: 1020, zone: zone, outside: outside)
    }
  }

  @Test func onlyThoseWhoAreMeant() {
    let bench = EngineBench(people: 3, terms: terms { $0.only = PeopleFilter(groups: [], people: ["1@*"]) })
    for number in 0..<3 { bench.event(EngineBench.pbx, number, .busy) }
    #expect(bench.shown(0, 1, 2) == [nil, .busy, nil])
    #expect(bench.rosters[EngineBench.pbx] == ["p1"], "nobody else need be watched there")
    #expect(bench.rosters[EngineBench.teams].count == 3)
  }

  @Test func exceptThoseWhoAreNot() {
    let bench = EngineBench(people: 2, terms: terms { $0.except = PeopleFilter(groups: [], people: ["1"]) })
    for number in 0..<2 { bench.event(EngineBench.pbx, number, .busy) }
    #expect(bench.shown(0, 1) == [.busy, nil])
  }

  @Test func whoIsFilteredOutLaterIsTakenBack() {
    let bench = EngineBench(people: 1)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.shown(0) == [.busy])
    var setup = bench.engine.setup
    setup.routes[1].terms.except = PeopleFilter(groups: [], people: ["*"])
    bench.take(bench.engine.reconfigure(setup, now: bench.now))
    #expect(bench.shown(0) == [nil])
  }

  @Test func whatAnEarlierLifeLeftForThemIsTakenBackToo() {
    let bench = EngineBench(terms: terms { $0.except = PeopleFilter(groups: [], people: ["*"]) })
    bench.engine.restore(.held(.busy, lease: nil), user: "t0", sink: EngineBench.teams, now: bench.now)
    bench.publish(EngineBench.teams, 0..<1)
    #expect(bench.underWay.isEmpty, "not before every directory has been read")
    bench.publish(EngineBench.pbx, 0..<1)
    #expect(bench.underWay.flatMap(\.updates).map(\.cause) == [.clear])
  }

  @Test func outsideWorkingHoursNothingIsPassedOn() throws {
    let bench = EngineBench(people: 1, terms: try hours(outside: nil), date: Self.beforeClosing)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.shown(0) == [.busy])
    bench.advance(59)
    #expect(bench.shown(0) == [.busy])
    bench.advance(2)
    #expect(bench.shown(0) == [nil])
    bench.event(EngineBench.pbx, 0, .away)
    #expect(bench.shown(0) == [nil])
    bench.advance(15 * 3600)
    #expect(bench.shown(0) == [.away], "on the next morning what was said last counts")
  }

  @Test func orAnotherWordIsSaidForEverybody() throws {
    let offWork = Presence(.offline, .offWork)
    let bench = EngineBench(people: 2, terms: try hours(outside: offWork), date: Self.beforeClosing)
    bench.event(EngineBench.pbx, 0, .busy)
    bench.advance(61)
    #expect(bench.shown(0, 1) == [offWork, offWork])
  }

  @Test func aClockThatJumpsIsNoticedWithinAMinute() throws {
    let bench = EngineBench(people: 1, terms: try hours(outside: nil), date: Self.beforeClosing - 3600)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.shown(0) == [.busy])
    bench.engine.setDate(Self.beforeClosing + 7200, now: bench.now)
    bench.advance(61)
    #expect(bench.shown(0) == [nil])
    bench.engine.setDate(Self.beforeClosing - 7200, now: bench.now)
    bench.advance(61)
    #expect(bench.shown(0) == [.busy])
  }

  @Test func aStateIsHeldUntilItHasLasted() {
    let bench = EngineBench(people: 1, terms: terms { $0.hold = .seconds(5) })
    bench.event(EngineBench.pbx, 0, .available)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.underWay.isEmpty)
    bench.advance(4.9)
    #expect(bench.underWay.isEmpty)
    bench.advance(0.2)
    #expect(bench.shown(0) == [.busy])
    bench.event(EngineBench.pbx, 0, .away)
    bench.advance(3)
    bench.event(EngineBench.pbx, 0, .busy)
    bench.advance(60)
    #expect(bench.outcomes.count == 1, "what did not last was never sent")
  }
}

struct EnginePauseTests {
  private let route = Pause.Target.route(from: "pbx", to: "teams")
  private let ada = Pause.Target.person(plugin: "teams", user: "t0")

  private func started() -> EngineBench {
    let bench = EngineBench(people: 2)
    for number in 0..<2 { bench.event(EngineBench.pbx, number, .busy) }
    #expect(bench.shown(0, 1) == [.busy, .busy])
    return bench
  }

  @Test func aPausedRouteKeepsWhatIsShown() {
    let bench = started()
    bench.take(bench.engine.pause(Pause(route), now: bench.now))
    #expect(bench.pauses.map(\.target) == [route])
    bench.event(EngineBench.pbx, 0, .away)
    #expect(bench.shown(0, 1) == [.busy, .busy])
    bench.take(bench.engine.resume(route, now: bench.now))
    #expect(bench.shown(0, 1) == [.away, .busy])
    #expect(bench.pauses == [])
  }

  @Test func itsLeasesAreRefreshed() {
    let bench = EngineBench(people: 1)
    bench.event(EngineBench.pbx, 0, .busy)
    _ = bench.accepted(lease: .seconds(600))
    bench.take(bench.engine.pause(Pause(route), now: bench.now))
    bench.event(EngineBench.pbx, 0, .away)
    bench.advance(500)
    #expect(bench.underWay.flatMap(\.updates).map(\.cause) == [.refresh])
    #expect(bench.underWay.flatMap(\.updates).map(\.presence) == [.busy])
  }

  @Test func orTakesItBack() {
    let bench = started()
    bench.take(bench.engine.pause(Pause(route, meanwhile: .clear), now: bench.now))
    #expect(bench.shown(0, 1) == [nil, nil])
    bench.event(EngineBench.pbx, 0, .away)
    #expect(bench.shown(0, 1) == [nil, nil])
    bench.take(bench.engine.resume(route, now: bench.now))
    #expect(bench.shown(0, 1) == [.away, .busy])
  }

  @Test func aPersonAlone() {
    let bench = started()
    bench.take(bench.engine.pause(Pause(ada), now: bench.now))
    for number in 0..<2 { bench.event(EngineBench.pbx, number, .away) }
    bench.event(EngineBench.teams, 0, .doNotDisturb)
    #expect(bench.underWay.map(\.sink) == [EngineBench.teams], "neither way, for this person")
    #expect(bench.shown(0, 1) == [.busy, .away])
    bench.take(bench.engine.pause(Pause(ada, meanwhile: .clear), now: bench.now))
    #expect(bench.shown(0, 1) == [nil, .away])
    bench.take(bench.engine.resume(ada, now: bench.now))
    #expect(bench.shown(0, 1) == [.away, .away])
  }

  @Test func itEndsInTimeByTheWallClock() {
    let bench = started()
    let until = bench.engine.date(at: bench.now) + 90
    bench.take(bench.engine.pause(Pause(route, until: until), now: bench.now))
    bench.event(EngineBench.pbx, 0, .away)
    bench.advance(89)
    #expect(bench.shown(0, 1) == [.busy, .busy])
    bench.advance(2)
    #expect(bench.shown(0, 1) == [.away, .busy])
    #expect(bench.pauses == [])
  }

  @Test func twoPausesEndOneByOne() {
    let bench = started()
    bench.take(bench.engine.pause(Pause(route), now: bench.now))
    bench.take(bench.engine.pause(Pause(ada), now: bench.now))
    for number in 0..<2 { bench.event(EngineBench.pbx, number, .away) }
    bench.take(bench.engine.resume(route, now: bench.now))
    #expect(bench.shown(0, 1) == [.busy, .away])
    bench.take(bench.engine.resume(ada, now: bench.now))
    #expect(bench.shown(0, 1) == [.away, .away])
  }

  @Test func aNewConfigurationEndsNoPause() {
    let bench = started()
    bench.take(bench.engine.pause(Pause(route), now: bench.now))
    bench.event(EngineBench.pbx, 0, .away)
    bench.take(bench.engine.reconfigure(bench.engine.setup, now: bench.now))
    #expect(bench.shown(0, 1) == [.busy, .busy])
    bench.take(bench.engine.resume(route, now: bench.now))
    #expect(bench.shown(0, 1) == [.away, .busy])
  }

  @Test func itOutlivesADirectoryThatComesLater() {
    let bench = EngineBench()
    bench.take(bench.engine.pause(Pause(ada, meanwhile: .clear), now: bench.now))
    bench.publish(EngineBench.teams, 0..<1)
    bench.publish(EngineBench.pbx, 0..<1)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(bench.underWay.isEmpty)
  }
}
