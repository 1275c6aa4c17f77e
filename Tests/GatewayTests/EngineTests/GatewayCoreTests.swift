// The shell carries out what the engine decides: store first, then the sinks, again when they fail, back at
// the end.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct GatewayCoreTests {
  private let forgotten = Forgotten()

  @Test func aChangeTravelsAndIsRemembered() async throws {
    let bench = try CoreBench()
    await bench.publishPeople(1)
    await bench.says(1, 0, .busy)
    await bench.until("it is delivered") { await bench.core.routeFigures()[1].delivered == 1 }
    #expect(bench.plugins[0].deliveries == ["t0 busy (change)"])
    #expect(bench.store.log == ["t0 perhaps [\"busy\"]", "barrier", "t0 busy"])
    #expect(bench.plugins[0].polls == [["t0"]], "newcomers are asked about")
    let figures = await bench.core.routeFigures()
    #expect(figures.map(\.delivered) == [0, 1])
    #expect(figures.map(\.outbox) == [0, 0])
    #expect(try #require(figures[1].p99) < 1000)
    let line = try #require(bench.log.lines.last)
    #expect(line.hasPrefix("debug: delivered cause=pbx latency_ms="))
    #expect(line.hasSuffix(" presence=busy sink=teams user=t0"))
    bench.clock.advance(by: .seconds(601))
    #expect(await bench.core.routeFigures()[1].p99 == nil, "what was slow ten minutes ago is no news")
    await bench.core.cancelEverything()
  }

  @Test func whatAPollFindsTravelsToo() async throws {
    let bench = try CoreBench(teams: ScriptedPlugin(truth: { _ in .doNotDisturb }))
    await bench.publishPeople(2)
    await bench.until("both are delivered") { bench.plugins[1].deliveries.count == 2 }
    #expect(Set(bench.plugins[1].deliveries) == ["p0 doNotDisturb (change)", "p1 doNotDisturb (change)"])
    await bench.core.cancelEverything()
  }

  @Test func onlyWhatAPollFindsOtherThanKnownIsCounted() async throws {
    let metrics = PrometheusMetrics(table: .core)
    let truth = PluginTestKit.Locked(Presence.available)
    let bench = try CoreBench(teams: ScriptedPlugin(truth: { _ in truth.withLock { $0 } }), metrics: metrics)
    await bench.publishPeople(1)
    await bench.until("newcomers are asked about") { bench.plugins[0].polls.count == 1 }
    #expect(!metrics.render().contains("presence_gateway_poll_changes_total{plugin=\"teams\"} 1"))
    truth.withLock { $0 = .doNotDisturb }
    await bench.core.requestPoll(nil, of: "teams")
    await bench.until("it is found") { bench.plugins[1].deliveries.contains("p0 doNotDisturb (change)") }
    await bench.core.requestPoll(nil, of: "teams")
    await bench.until("they are asked again") { bench.plugins[0].polls.count == 3 }
    #expect(metrics.render().contains("presence_gateway_poll_changes_total{plugin=\"teams\"} 1\n"))
    await bench.core.cancelEverything()
  }

  @Test func aSinkThatFailsIsTriedAgain() async throws {
    let failures = PluginTestKit.Locked(2)
    let teams = ScriptedPlugin(answer: { (updates) throws(PluginFailure) in
      let fails = failures.withLock { failures in
        failures -= 1
        return failures >= 0
      }
      if fails { throw PluginFailure(.retry(after: .seconds(5)), "no answer") }
      return updates.map { _ in .delivered(lease: nil) }
    })
    let bench = try CoreBench(teams: teams)
    await bench.publishPeople(1)
    await bench.says(1, 0, .busy)
    let begun = bench.clock.now
    await bench.until("it is delivered") { await bench.core.routeFigures()[1].delivered == 1 }
    #expect(teams.deliveries == ["t0 busy (change)", "t0 busy (repair)", "t0 busy (repair)"])
    #expect(bench.clock.now - begun >= .seconds(10))
    let warning = "warning: delivery failed reason=no answer sink=teams"
    #expect(bench.log.lines.filter { !$0.hasPrefix("debug") } == [warning, warning])
    #expect(bench.log.lines.contains("debug: not yet accepted reason=no answer sink=teams user=t0"))
    await bench.core.cancelEverything()
  }

  @Test func aSinkThatNeverAnswersIsGivenUp() async throws {
    let teams = ScriptedPlugin(answer: { [forgotten] (updates) throws(PluginFailure) in
      await withCheckedContinuation { (never: CheckedContinuation<Void, Never>) in forgotten.hold(never) }
      return updates.map { _ in .delivered(lease: nil) }
    })
    let bench = try CoreBench(teams: teams)
    await bench.publishPeople(1)
    await bench.says(1, 0, .busy)
    await bench.until("it is tried again") { teams.deliveries.count == 2 }
    #expect(teams.deliveries == ["t0 busy (change)", "t0 busy (repair)"])
    #expect(
      bench.log.lines.filter { !$0.hasPrefix("debug") } == [
        "warning: delivery failed reason=no answer within 5min sink=teams"
      ])
    await bench.core.cancelEverything()
    forgotten.release()
  }

  @Test func anAnswerToWhatIsForgottenCountsForNobody() async throws {
    let teams = ScriptedPlugin(answer: { [forgotten] (updates) throws(PluginFailure) in
      if updates[0].user == "t1" {
        // Not even when it is cancelled.
        await withCheckedContinuation { (late: CheckedContinuation<Void, Never>) in forgotten.hold(late) }
      }
      return updates.map { _ in .delivered(lease: nil) }
    })
    let bench = try CoreBench(teams: teams)
    await bench.publishPeople(2)
    await bench.says(1, 1, .busy)
    await bench.until("it is under way") { teams.deliveries.count == 1 }
    // Away and back: the same name, the same instance, another outbox whose users have other places.
    await bench.reload(without: "teams")
    await bench.reload()
    await bench.core.publish(.snapshot([EngineBench.directoryUser(0, 0)]), from: "teams")
    forgotten.release()
    await bench.says(1, 0, .away)
    await bench.until("the new one is delivered") { teams.deliveries.contains("t0 away (change)") }
    await bench.until("it is settled") { await bench.core.engine.outboxes[0]?.depth == 0 }
    #expect(await bench.core.engine.outboxes[0]?.inFlight == 0)
    await bench.core.cancelEverything()
  }

  @Test func aRefusalIsToldWithItsReason() async throws {
    let teams = ScriptedPlugin(answer: { (updates) throws(PluginFailure) in
      updates.map { _ in .rejected(reason: "no licence") }
    })
    let bench = try CoreBench(teams: teams)
    await bench.publishPeople(1)
    await bench.says(1, 0, .busy)
    await bench.until("it is refused") { await bench.core.routeFigures()[1].failed == 1 }
    #expect(bench.log.lines == ["warning: update rejected reason=no licence sink=teams user=t0"])
    let rejection = await bench.core.lastRejection["teams"]
    #expect(rejection?.reason == "no licence" && rejection?.user == "t0")
    await bench.core.cancelEverything()
  }

  @Test func aRestartSendsOnlyWhatIsMissing() async throws {
    let store = MemoryStore([
      HeldRecord(plugin: "teams", user: "t0", content: .held(.busy, leaseEnds: nil)),
      HeldRecord(plugin: "teams", user: "t1", content: .doubtful([.busy])),
      HeldRecord(plugin: "teams", user: "t2", content: .held(.away, leaseEnds: nil)),
      HeldRecord(plugin: "gone", user: "x", content: .held(.away, leaseEnds: nil)),
    ])
    let bench = try CoreBench(store: store)
    await bench.publishPeople(3)
    for number in 0..<3 { await bench.says(1, number, .busy) }
    await bench.until("both are delivered") { bench.plugins[0].deliveries.count == 2 }
    await bench.until("nothing waits") { await bench.core.isSettled }
    #expect(Set(bench.plugins[0].deliveries) == ["t1 busy (repair)", "t2 busy (change)"])
    await bench.core.cancelEverything()
  }

  @Test func whatWasSaidIsKeptAndCountsAfterARestart() async throws {
    let bench = try CoreBench()
    await bench.publishPeople(1)
    await bench.says(1, 0, .busy)
    await bench.says(1, 0, .busy)
    await bench.until("it is delivered") { await bench.core.routeFigures()[1].delivered == 1 }
    let said = bench.store.said()
    #expect(said.map(\.presence) == [.busy], "what is said again is not written again")
    await bench.core.cancelEverything()

    let next = try CoreBench(store: MemoryStore(bench.store.load(), said: said))
    await next.publishPeople(1)
    guard case .one(let story) = await next.core.explain("p0") else {
      Issue.record("nobody")
      return
    }
    #expect(story.inWords.contains("pbx says: busy, since"))
    #expect(story.inWords.contains("not heard since the start"))
    #expect(next.plugins[0].deliveries == [])
    await next.core.cancelEverything()
  }

  @Test func aLeaseThatRanOutMeanwhileIsInDoubt() async throws {
    let clock = ManualClock()
    let store = MemoryStore([
      HeldRecord(plugin: "teams", user: "t0", content: .held(.busy, leaseEnds: clock.date - 1)),
      HeldRecord(plugin: "teams", user: "t1", content: .held(.busy, leaseEnds: clock.date + 3600)),
    ])
    let bench = try CoreBench(store: store)
    await bench.publishPeople(2)
    for number in 0..<2 { await bench.says(1, number, .busy) }
    await bench.until("it is repaired") { bench.plugins[0].deliveries.count == 1 }
    #expect(bench.plugins[0].deliveries == ["t0 busy (repair)"])
    await bench.core.cancelEverything()
  }

  @Test func atTheEndEverythingIsTakenBack() async throws {
    let bench = try CoreBench()
    await bench.publishPeople(2)
    await bench.says(1, 0, .busy)
    await bench.says(0, 1, .away)
    await bench.until("both are delivered") { await bench.core.routeFigures().map(\.delivered) == [1, 1] }
    #expect(await bench.core.takeEverythingBack(within: .seconds(6)) == [:])
    #expect(bench.plugins[0].deliveries == ["t0 busy (change)", "t0 nothing (clear)"])
    #expect(bench.plugins[1].deliveries == ["p1 away (change)", "p1 nothing (clear)"])
    #expect(bench.store.load() == [])
    await bench.says(1, 0, .doNotDisturb)
    #expect(await bench.core.isSettled)
    await bench.core.cancelEverything()
    #expect(bench.plugins[0].deliveries.count == 2)
  }

  @Test func aSinkThatDoesNotAnswerHoldsUpTheEndNoLongerThanItMay() async throws {
    let clears = PluginTestKit.Locked(0)
    let teams = ScriptedPlugin(answer: { (updates) throws(PluginFailure) in
      guard updates.contains(where: { $0.presence == nil }) else {
        return updates.map { _ in .delivered(lease: nil) }
      }
      clears.withLock { $0 += 1 }
      throw PluginFailure(.retry(after: .seconds(60)), "no answer")
    })
    let bench = try CoreBench(teams: teams)
    await bench.publishPeople(1)
    await bench.says(1, 0, .busy)
    await bench.until("it is delivered") { await bench.core.routeFigures()[1].delivered == 1 }
    let begun = bench.clock.now
    let ended = PluginTestKit.Locked(false)
    let ending = Task {
      defer { ended.withLock { $0 = true } }
      return await bench.core.takeEverythingBack(within: .seconds(6))
    }
    await bench.until("it ends") { ended.withLock { $0 } }
    #expect(await ending.value == ["teams": 1], "whom it may still show")
    #expect(clears.withLock { $0 } == 1)
    #expect(bench.clock.now - begun >= .seconds(6))
    #expect(bench.clock.now - begun < .seconds(60), "not as long as the sink asks for")
    #expect(bench.store.load().map(\.content) == [.doubtful([.busy])], "the next start will see to it")
    await bench.core.cancelEverything()
  }

  @Test func everybodyIsCountedOnce() async throws {
    let bench = try CoreBench()
    await bench.core.publish(.snapshot((0..<3).map { EngineBench.directoryUser(0, $0) }), from: "teams")
    var odd = [
      EngineBench.directoryUser(1, 1), EngineBench.directoryUser(1, 2), EngineBench.directoryUser(1, 9),
    ]
    odd.append(DirectoryUser(id: "twin", displayName: "", identities: odd[1].identities))
    odd.append(DirectoryUser(id: "x", displayName: "", identities: [], standing: .excluded(reason: "guest")))
    odd.append(DirectoryUser(id: "y", displayName: "", identities: [], standing: .unlicensed(reason: "none")))
    await bench.core.publish(.snapshot(odd), from: "pbx")
    await bench.until("people are matched") { await bench.core.peopleCounts()["matched"] == 1 }
    #expect(
      await bench.core.peopleCounts()
        == ["matched": 1, "unmatched": 2, "ambiguous": 3, "excluded": 1, "unlicensed": 1])
    await bench.core.cancelEverything()
  }
}

/// Calls that a plugin has forgotten to answer.
private final class Forgotten: Sendable {
  private let calls = PluginTestKit.Locked<[CheckedContinuation<Void, Never>]>([])
  func hold(_ call: CheckedContinuation<Void, Never>) { calls.withLock { $0.append(call) } }
  func release() { for call in calls.withLock({ $0 }) { call.resume() } }
}
