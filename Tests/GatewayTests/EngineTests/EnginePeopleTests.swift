// Whom the engine watches, what it shows for whom, and when it takes leave.

import PluginAPI
import Testing

@testable import Gateway

struct EnginePeopleTests {
  private let teams = EngineBench.teams
  private let pbx = EngineBench.pbx

  @Test func theRosterIsWhoeverIsMatched() {
    let bench = EngineBench()
    bench.publish(teams, 0..<3)
    #expect(bench.rosters == [[], []])
    bench.publish(pbx, 1..<5)
    #expect(bench.rosters == [["t1", "t2"], ["p1", "p2"]])
    #expect(bench.polls.map { Set($0.users) } == [["t1", "t2"]])
    bench.publish(pbx, [2, 7])
    #expect(bench.rosters == [["t2"], ["p2"]])
  }

  @Test func whoeverLeavesIsTakenBack() {
    let bench = EngineBench(people: 2)
    bench.event(pbx, 0, .busy)
    bench.event(pbx, 1, .busy)
    _ = bench.accepted()
    bench.publish(pbx, [1])
    #expect(bench.accepted() == ["teams t0: busy > nothing (clear)"])
    bench.publish(pbx, 0..<2)
    #expect(bench.accepted() == ["teams t0: nothing > busy (change)"])
  }

  @Test func nobodyIsTakenLeaveOfBeforeEveryDirectoryHasSpoken() {
    let bench = EngineBench()
    for (user, sink) in [("t0", teams), ("t1", teams), ("p1", pbx)] as [(UserID, Int)] {
      bench.engine.restore(.held(.busy, lease: nil), user: user, sink: sink, now: bench.now)
    }
    bench.publish(teams, 0..<2)
    bench.engine.apply(.upsert([EngineBench.directoryUser(pbx, 1)]), of: pbx)
    bench.take(bench.engine.rematch(now: bench.now))
    #expect(bench.accepted() == [])
    bench.publish(pbx, [1])
    #expect(bench.accepted() == ["teams t0: busy > nothing (clear)"])
  }

  @Test func whatWasShownForSomebodyElseIsNotKept() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .busy)
    _ = bench.accepted()
    var other = EngineBench.directoryUser(pbx, 7)
    other.identities = [Identity(.email, "0@example.com")]
    bench.engine.apply(.snapshot([other]), of: pbx)
    bench.take(bench.engine.rematch(now: bench.now))
    #expect(bench.accepted() == ["teams t0: busy > nothing (clear)"])
  }

  @Test func strangersTakeNoMemory() {
    let bench = EngineBench(people: 1)
    for number in 10..<1000 { bench.event(teams, number, .busy) }
    #expect(bench.engine.tables[teams].count == 1)
    #expect(bench.accepted() == [])
  }

  @Test func anOldPollDoesNotOverwriteANewerEvent() {
    let bench = EngineBench(people: 1)
    let asked = bench.now
    bench.advance(1)
    bench.event(teams, 0, .doNotDisturb)
    _ = bench.accepted()
    bench.event(teams, 0, .available, polledAt: asked)
    #expect(bench.accepted() == [])
    bench.event(teams, 0, .available, polledAt: bench.now)
    #expect(bench.accepted() == ["pbx p0: doNotDisturb > nothing (clear)"])
  }

  @Test func available() {
    let bench = EngineBench(people: 1)
    bench.event(pbx, 0, .available)
    #expect(bench.accepted() == [], "nothing of ours is needed for that")
  }
}
