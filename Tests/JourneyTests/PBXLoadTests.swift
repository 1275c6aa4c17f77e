// 20,000 users on one PBX: connected, read, subscribed; then a burst in which only the newest state of each may matter.
// Benchmarks/pbx-load measures the same with a release build and a PBX that is not ours.

import PluginAPI
import PluginTestKit
import Sandbox
import Testing

@Suite(.serialized) struct PBXLoadTests {
  /// Fewer where everything takes longer: too slow a PBX connection counts as dead.
  static let people = 20_000 / Patience.factor

  @Test(.timeLimit(.minutes(5))) func aBurstLosesNobodysNewestState() async throws {
    try await PBXSite.run(people: Self.people) { site in
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == Self.people }
      site.roster.set(Set((0..<Self.people).map { site.id($0) }))
      try await site.until("all are watched") {
        site.check("subscriptions") == .ok(detail: "\(Self.people) of \(Self.people)")
      }
      // As fast as the simulated PBX can, which is faster than 2,000 a second.
      let words = ["busy", "away", "dnd", "lunch"]
      for number in 0..<4000 {
        await site.system.choosePresence(person: number * 7 % 1000, activity: words[number % 4])
      }
      for person in 0..<1000 { await site.system.choosePresence(person: person, activity: "vacation") }
      try await site.until("the newest of everybody") {
        var newest: [UserID: Presence] = [:]
        for event in site.recorded.inlet.events { newest[event.user] = event.presence }
        return (0..<1000).allSatisfy { newest[site.id($0)] == Presence(.away, .vacation) }
      }
      #expect(
        site.check("subscriptions") == .ok(detail: "\(Self.people) of \(Self.people)"), "still connected")
      #expect(await site.system.status(of: "pbx").logins == 1)
    }
  }
}
