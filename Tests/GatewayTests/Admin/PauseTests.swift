// A pause ends by itself when its time has come, and that is told.

import FoundationEssentials
import PluginTestKit
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct PauseTests {
  @Test func theEndOfAPauseIsAnEventButAResumptionIsNot() async throws {
    let bench = try CoreBench()
    await bench.publishPeople(2)
    let until = bench.clock.date + 60
    await bench.core.pause(Pause(.person(plugin: "teams", user: "t0"), until: until))
    await bench.core.pause(Pause(.route(from: "teams", to: "pbx"), until: until))
    await bench.core.pause(Pause(.route(from: "pbx", to: "teams"), until: until))
    #expect(await bench.core.resume(anyOf: [.route(from: "pbx", to: "teams")]).count == 1)
    await bench.until("nothing is on hold") { await bench.core.pauses.isEmpty }
    let events = await bench.core.events.newest(10) { $0.kind == .audit }
    let told = events.map { "\($0.message) \($0.user ?? "")" }
    #expect(told.sorted() == ["pause is over t0", "pause is over: teams → pbx "])
    await bench.core.cancelEverything()
  }
}
