// One person's story: what was said, what became of it, what was sent, what comes next.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct EngineExplainTests {
  private func story(_ bench: EngineBench, _ query: String = "t0") -> PersonStory? {
    guard case .one(let story) = bench.engine.explain(query, now: bench.now) else { return nil }
    return story
  }
  /// Without the first lines, which name the person.
  private func words(_ bench: EngineBench) -> [String] {
    (story(bench)?.inWords ?? "").split(separator: "\n").dropFirst(3).map(String.init)
  }

  @Test func aChangeOnItsWay() {
    let bench = EngineBench(people: 1)
    bench.event(EngineBench.pbx, 0, .calling)
    bench.advance(3)
    #expect(
      words(bench) == [
        "teams has said nothing yet", "  is asked again in 10 min",
        "pbx says: busy (inCall), in a call, since 3 s ago, last heard 3 s ago",
        "teams should show: busy (inCall), in a call", "  from pbx: busy (inCall), in a call",
        "  last accepted: nothing of ours; an update is on its way", "pbx should show: nothing of ours",
        "  from teams: nothing (the source has not spoken yet)",
        "  last accepted: nothing of ours; nothing to show yet",
      ])
  }

  @Test func anEchoARefusalAndAFailure() {
    let bench = EngineBench(people: 1)
    bench.event(EngineBench.pbx, 0, .busy)
    bench.answer(.success([.delivered(lease: .seconds(600))]))
    bench.event(EngineBench.teams, 0, .busy)
    var sink = story(bench)?.sinks[0]
    #expect(sink?.delivered == .busy && sink?.lastAnswer?.outcome == "accepted")
    #expect(sink?.leaseEnds == bench.engine.date(at: bench.now) + 600)
    #expect(sink?.refreshAt != nil && sink?.retryAt == nil && sink?.state == "up to date")
    #expect(words(bench).contains { $0.hasPrefix("  reported busy now: not counted, it is what we made") })
    bench.event(EngineBench.pbx, 0, .away)
    bench.answer(.success([.rejected(reason: "no licence")]))
    sink = story(bench)?.sinks[0]
    #expect(
      sink?.lastAnswer?.reason == "no licence" && sink?.state.hasPrefix("refused by the system") == true)
    #expect(sink?.effective == .away && sink?.delivered == .busy)
    bench.event(EngineBench.pbx, 0, .doNotDisturb)
    bench.answer(.failure(PluginFailure(.retry(after: .seconds(20)), "Graph does not answer")))
    sink = story(bench)?.sinks[0]
    #expect(sink?.retryAt == bench.engine.date(at: bench.now) + 20)
    #expect(sink?.doubtful == [.doNotDisturb])
    #expect(words(bench).contains("  sent now, postponed now: Graph does not answer"))
  }

  @Test func whatHoldsItBack() throws {
    var terms = RouteTerms()
    terms.hold = .seconds(30)
    let bench = EngineBench(people: 1, terms: terms)
    bench.event(EngineBench.pbx, 0, .available)
    bench.event(EngineBench.pbx, 0, .busy)
    let route = try #require(story(bench)?.sinks[0].routes[0])
    #expect(route.contributes == .available && route.waiting == .busy)
    #expect(route.waitsUntil == bench.engine.date(at: bench.now) + 30)
    bench.advance(29)
    #expect(words(bench).contains("    next: busy, in 1 s"))
    bench.advance(2)
    #expect(bench.shown(0) == [.busy], "telling changes nothing")
    bench.take(
      bench.engine.pause(Pause(.person(plugin: "pbx", user: "p0"), reason: "moving"), now: bench.now))
    #expect(story(bench)?.pauses.map(\.reason) == ["moving"])
    #expect(story(bench)?.sinks[0].routes[0].remark == "paused: what was shown stays")
  }

  @Test func filtersAreNamed() {
    var terms = RouteTerms()
    terms.except = PeopleFilter(groups: [], people: ["*"])
    let bench = EngineBench(people: 1, terms: terms)
    bench.event(EngineBench.pbx, 0, .busy)
    #expect(story(bench)?.sinks[0].routes[0].remark == "left out by the route's filters (only, except)")
  }

  @Test func somebodyIsFoundByAnyName() {
    let bench = EngineBench(people: 12)
    for query in ["p3", "T3", "3@example.com", "3"] {
      #expect(story(bench, query)?.users.map(\.id) == ["t3", "p3"], "\(query)")
    }
    #expect(bench.engine.explain("nobody", now: bench.now) == .nobody)
    #expect(
      bench.engine.explain("1@", now: bench.now)
        == .several(["teams t1 1", "teams t11 11"]), "a part, and not unique")
  }

  @Test func whoIsNotMatchedHasTheReason() {
    let bench = EngineBench(people: 1)
    bench.publish(EngineBench.teams, 0..<2)
    let story = self.story(bench, "t1")
    #expect(story?.users.map(\.standing).first?.hasPrefix("unmatched: ") == true)
    #expect(story?.sinks == [] && story?.sources == [])
  }

  @Test func itIsJSONToo() throws {
    let bench = EngineBench(people: 1)
    bench.event(EngineBench.pbx, 0, .busy)
    let story = try #require(self.story(bench))
    let again = try JSONDecoder().decode(PersonStory.self, from: try JSONEncoder().encode(story))
    #expect(again.sinks[0].effective == .busy && again.users == story.users)
  }
}
