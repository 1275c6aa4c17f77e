// A connector that ends with an error is started again, and nobody else notices.

import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct SupervisorTests {
  private struct Broken: Error, CustomStringConvertible { let description = "the line is dead" }

  @Test func aThrowingPluginIsStartedAgainAndAnotherLeftAlone() async throws {
    // Three times it breaks, then it keeps running.
    let teams = ScriptedPlugin(runs: { time in if time <= 3 { throw Broken() } })
    let pbx = ScriptedPlugin()
    let bench = try CoreBench(teams: teams, pbx: pbx)
    await bench.publishPeople(1)
    await bench.until("the newcomer was asked about") { teams.polls.count == 1 }
    let tasks = [0, 1].map { index in
      let supervisor = bench.supervisor(of: index)
      return Task { await supervisor.run() }
    }
    await bench.until("it fails") { !bench.board.checks(of: "teams").isEmpty }
    let check = try #require(bench.board.checks(of: "teams").first?.check)
    guard case .failing(let reason, let remedy) = check.state else { return #expect(Bool(false), "\(check)") }
    #expect(check.name == "running")
    #expect(reason == "the line is dead")
    #expect(remedy.hasPrefix("it is started again in ") && remedy.hasSuffix("ms"))
    await bench.until("it runs") { teams.runCount == 4 && bench.board.checks(of: "teams").isEmpty }
    #expect(teams.endCount == 4)
    #expect(pbx.runCount == 1)
    #expect(bench.board.checks(of: "pbx").isEmpty)
    let line = "error: plugin ended and is started again plugin=teams reason=the line is dead"
    #expect(bench.log.lines == [line, line, line])
    await bench.until("what may have been missed is asked about") { teams.polls.count == 4 }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    await bench.core.cancelEverything()
  }

  @Test func aBrokenPluginIsStillDeliveredTo() async throws {
    let teams = ScriptedPlugin(runs: { _ in throw Broken() })
    let bench = try CoreBench(teams: teams)
    let supervisor = bench.supervisor(of: 0)
    let task = Task { await supervisor.run() }
    await bench.publishPeople(1)
    await bench.says(1, 0, .busy)
    await bench.until("it is delivered") { teams.deliveries == ["t0 busy (change)"] }
    task.cancel()
    await task.value
    await bench.core.cancelEverything()
  }

  @Test func itsPatienceGrows() async throws {
    let teams = ScriptedPlugin(runs: { _ in throw Broken() })
    let bench = try CoreBench(teams: teams)
    let supervisor = bench.supervisor(of: 0)
    let task = Task { await supervisor.run() }
    for attempt in 0..<4 {
      // Nobody else sleeps here: nobody is known whom the core would wait for.
      #expect(await eventually { teams.runCount == attempt + 1 && bench.clock.sleeperCount == 1 })
      let wake = try #require(bench.clock.nextWake)
      let (step, wait) = (Double(1 << attempt), wake - bench.clock.now)
      #expect(wait.inSeconds >= step / 2 && wait.inSeconds <= 1.5 * step, "attempt \(attempt)")
      bench.clock.advance(by: wait)
    }
    task.cancel()
    await task.value
    await bench.core.cancelEverything()
  }
}
