// A master and two slaves with 1,951 users: each write takes the connection of the user's own PBX, and a slave that was
// away for half a minute comes back to what it should show.

import PluginAPI
import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct ThreePBXTests {
  private let pbxs = ["pbx", "north", "south"]
  private let call = Presence(.available, call: .connected)

  /// Everybody connected, read, and watched on their own PBX.
  private func everybody(_ peer: PBXPeer, _ body: (PBXSite) async throws -> Void) async throws {
    try await PBXSite.run(people: 1951, pbxs: pbxs, peer) { site in
      for pbx in pbxs { try await site.powerOn(pbx) }
      try await site.until("the users are read") { site.snapshot?.count == 1951 }
      site.roster.set(Set((0..<1951).map { site.id($0) }))
      try await site.until("all are watched") { site.check("subscriptions") == .ok(detail: "1951 of 1951") }
      try await body(site)
    }
  }

  /// Persons 3n are at home on `pbx`, 3n+1 on `north`, 3n+2 on `south`.
  private func deliver(_ people: Range<Int>, _ presence: Presence?, _ previous: Presence?, _ site: PBXSite)
    async throws
  {
    try await withThrowingTaskGroup(of: DeliveryOutcome.self) { group in
      for person in people {
        group.addTask { try await site.deliver(person, presence, previous: previous) }
      }
      for try await outcome in group { #expect(outcome == .delivered(lease: nil)) }
    }
  }

  @Test(arguments: PBXPeer.others)
  func everyWriteTakesTheConnectionOfTheUsersOwnPBX(_ peer: PBXPeer) async throws {
    try await everybody(peer) { site in
      for pbx in pbxs {
        let expected = pbx == "pbx" ? 651 : 650
        #expect(await site.system.status(of: pbx).subscriptions == expected)
      }
      try await deliver(0..<60, Presence(.busy, .inMeeting), nil, site)
      try await deliver(60..<120, call, nil, site)
      for pbx in pbxs {
        let status = await site.system.status(of: pbx)
        #expect(status.strayWrites == 0)
        #expect(status.writes == 40, "\(pbx)")
      }
      let shown = await site.system.leftovers(contact: "teams:")
      #expect(shown.entries.count == 60 && shown.alienCalls.count == 60)
      // A person moves house: the next write goes the new way.
      await site.system.move(person: 0, to: "south")
      try await site.until("the move is known") { await site.system.status(of: "south").subscriptions == 651 }
      try await deliver(0..<1, nil, Presence(.busy, .inMeeting), site)
      #expect(await site.system.status(of: "south").writes == 41)
      #expect(await site.system.status(of: "pbx").strayWrites == 0)
    }
  }

  @Test(arguments: PBXPeer.others)
  func aSlaveThatWasAwayConvergesAndNoCallIsLeftOver(_ peer: PBXPeer) async throws {
    try await everybody(peer) { site in
      try await deliver(0..<30, call, nil, site)
      #expect(await site.system.leftovers(contact: "teams:").alienCalls.count == 30)
      await site.system.choosePresence(person: 4, activity: "lunch")

      await site.powerOff("north")
      try await site.until("the loss is seen") {
        if case .failing? = site.check("login north") { true } else { false }
      }
      #expect(await site.system.leftovers(contact: "teams:").alienCalls.count == 20, "its calls went with it")
      let before = site.recorded.signals.losses.count
      // Meanwhile half of the calls end, somebody comes out of lunch, and nobody elsewhere notices anything.
      async let ended: Void = deliver(0..<15, nil, call, site)
      await site.system.choosePresence(person: 4, activity: "dnd")
      // The time that passes is not that in which the sockets work: nothing must be on its way.
      try await site.until("the calls of the others have ended") {
        await site.system.leftovers(contact: "teams:").alienCalls.count == 10
      }
      await site.pass(.seconds(30))
      #expect(site.check("login pbx") == .ok(detail: "domain contoso.example"))
      try await site.powerOn("north")
      try await ended
      try await site.until("what was lost is asked for") {
        site.recorded.signals.losses.dropFirst(before).contains { loss in
          if case .call = loss.facet { loss.users?.contains(site.id(16)) == true } else { false }
        }
      }
      // The core delivers again to whom it was told about.
      let lost = Set(site.recorded.signals.losses.dropFirst(before).flatMap { $0.users ?? [] })
      #expect(!lost.contains(site.id(15)) && !lost.contains(site.id(17)), "other PBXs lost nothing")
      try await deliver(15..<30, call, call, site)
      let shown = await site.system.leftovers(contact: "teams:")
      #expect(shown.alienCalls == site.population.people[15..<30].map(\.sip).sorted())
      try await site.until("the change made meanwhile is read") {
        site.recorded.inlet.events.last { $0.user == site.id(4) }?.presence == Presence(.doNotDisturb)
      }
      try await site.until("all are watched again") {
        site.check("subscriptions") == .ok(detail: "1951 of 1951")
      }
      try await deliver(15..<30, nil, call, site)
      #expect(await site.system.leftovers(contact: "teams:").isEmpty)
      for pbx in pbxs { #expect(await site.system.status(of: pbx).strayWrites == 0) }
    }
  }
}
