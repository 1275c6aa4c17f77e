// What the vendor's documents leave open must not matter: the same day with each way in which a PBX may do it.

import PluginAPI
import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(3))) struct PBXVariantTests {
  private static let call = Presence(.available, call: .connected)
  private static let delivered = DeliveryOutcome.delivered(lease: nil)

  /// Everybody that the directory lists, by what was told last.
  private func listed(_ site: PBXSite) -> [UserID: String] {
    site.directory.changes.reduce(into: [:]) { users, change in
      switch change {
      case .snapshot(let all): users = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0.displayName) })
      case .upsert(let some): for user in some { users[user.id] = user.displayName }
      case .remove(let gone): for user in gone { users[user] = nil }
      }
    }
  }
  private func shown(_ person: Int, _ site: PBXSite) -> Presence? {
    site.recorded.inlet.events.last { $0.user == site.id(person) }?.presence
  }

  @Test(arguments: PBXPeer.each) func presenceGoesBothWays(_ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 4, peer, options: ["line_state": "rcc"]) { site in
      await site.system.setAllowed(person: 3, false)
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == 4 }
      site.roster.set(Set((0..<4).map { site.id($0) }))
      try await site.until("who is not visible is named") {
        site.recorded.users.problems(of: site.id(3)).keys.contains("visibility")
      }
      await site.system.setAllowed(person: 3, true)
      try await site.until("all are watched") { await site.system.status(of: "pbx").subscriptions == 4 }

      // Ours is shown, is not read as theirs, and goes.
      #expect(try await site.deliver(0, Presence(.busy, .inMeeting)) == Self.delivered)
      #expect(try await site.deliver(1, Self.call) == Self.delivered)
      let ours = await site.system.leftovers(contact: "teams:")
      #expect(ours.entries.count == 1 && ours.alienCalls.count == 1)
      await site.system.choosePresence(person: 0, activity: "lunch")
      try await site.until("lunch") { shown(0, site) == Presence(.away, .lunch) }
      await site.system.choosePresence(person: 1, activity: "dnd")
      try await site.until("their own state beside our call") { shown(1, site) == Presence(.doNotDisturb) }
      #expect(try await site.deliver(0, nil, previous: Presence(.busy, .inMeeting)) == Self.delivered)
      #expect(try await site.deliver(1, nil, previous: Self.call) == Self.delivered)
      #expect(await site.system.leftovers(contact: "teams:").isEmpty)

      await site.system.startCall(person: 2)
      try await site.until("talking") { shown(2, site)?.call == .connected }
      await site.system.holdCall(person: 2)
      try await site.until("holding") { shown(2, site)?.call == .onHold }
      await site.system.endCall(person: 2)
      try await site.until("free") { shown(2, site)?.call == CallState.none }

      site.roster.set(Set((0..<3).map { site.id($0) }))
      try await site.until("one is watched no more") {
        await site.system.status(of: "pbx").subscriptions == 3
      }
      site.roster.set(Set((0..<4).map { site.id($0) }))
      try await site.until("and again") { await site.system.status(of: "pbx").subscriptions == 4 }
    }
  }

  @Test(arguments: PBXPeer.each) func whatUsersWriteThemselvesIsGivenBack(_ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 2, peer, options: ["contact": "tel:"]) { site in
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == 2 }
      site.roster.set([site.id(0), site.id(1)])
      await site.system.choosePresence(person: 0, activity: "lunch")
      try await site.until("both are read") {
        shown(0, site) == Presence(.away, .lunch) && shown(1, site) == .available
      }
      for person in 0..<2 {
        #expect(try await site.deliver(person, Presence(.doNotDisturb)) == Self.delivered)
        #expect(await site.system.visibleState(person: person) == "tel: dnd")
        #expect(try await site.deliver(person, nil, previous: Presence(.doNotDisturb)) == Self.delivered)
      }
      #expect(await site.system.visibleState(person: 0) == "tel: lunch")
      #expect(await site.system.visibleState(person: 1) == "available")
    }
  }

  @Test(arguments: PBXPeer.each) func theDirectoryConverges(_ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 6, peer, options: ["reread_users": "1min"]) { site in
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == 6 }
      await site.system.rename(person: 1, displayName: "B")
      await site.system.remove(person: 2)
      try await site.until("a change and a deletion") {
        let users = listed(site)
        return users.count == 5 && users[site.id(1)] == "B" && users[site.id(2)] == nil
      }
      for round in 1...2 {
        await site.powerOff("pbx")
        try await site.until("the loss is seen") {
          if case .failing? = site.check("login pbx") { true } else { false }
        }
        let snapshots = site.directory.changes.count
        await site.system.rename(person: 3, displayName: "round \(round)")
        await site.system.remove(person: 3 + round)
        try await site.powerOn("pbx")
        // Until the gateway dials again, where it does.
        await site.pass(.seconds(1))
        try await site.until("what changed meanwhile") {
          site.directory.changes.count > snapshots && listed(site)[site.id(3)] == "round \(round)"
        }
      }
      // Where the PBX does not tell it, when everybody is read again.
      try await site.until("who was deleted meanwhile is gone") {
        if listed(site).count == 3 { return true }
        await site.pass(.seconds(5))
        return false
      }
      #expect(Set(listed(site).keys) == [site.id(0), site.id(1), site.id(3)])
    }
  }
}
