// Each request that a PBX may refuse or leave unanswered: what becomes of the one user, and that the others are served.

import PluginAPI
import PluginTestKit
import Sandbox
import Testing

@Suite(.serialized) struct PBXFallbackTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let request: String
    var options: [String: ConfigValue] = [:]
    /// What a write for person 0 comes to while the request is refused.
    let outcome: DeliveryOutcome
    let wanted: Presence
    /// The check that turns red, when one does.
    var check: String?
    /// The topic under which the user is reported, when they are.
    var topic: String?
    var testDescription: String { request }
  }

  static let call = Presence(.available, call: .connected)
  static let delivered = DeliveryOutcome.delivered(lease: nil)
  static let cases = [
    Case(
      request: "SetPresence", outcome: .rejected(reason: "the PBX refused SetPresence: no right (error 1)"),
      wanted: Presence(.away)),
    Case(
      request: "CreateApi", outcome: .rejected(reason: "the PBX refused CreateApi: no right (error 1)"),
      wanted: call),
    Case(
      request: "AddAlienCall", outcome: .rejected(reason: "the PBX refused AddAlienCall: no right (error 1)"),
      wanted: call),
    Case(
      request: "SubscribePresence", outcome: delivered, wanted: Presence(.away), check: "subscriptions",
      topic: "subscription"),
    Case(
      request: "Initialize", options: ["line_state": "rcc"], outcome: delivered, wanted: Presence(.away),
      check: "line state pbx"),
    Case(
      request: "CheckAppLic", options: ["license": "App(innovaphone-microsoft365)"], outcome: delivered,
      wanted: Presence(.away), check: "licences"),
    Case(request: "MonitorUnallowed", outcome: delivered, wanted: Presence(.away)),
    Case(request: "GetNodeInfo", outcome: delivered, wanted: Presence(.away)),
  ]

  @Test(arguments: cases, PBXPeer.extremes)
  func aRefusalConcernsItsUserOnly(_ example: Case, _ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 3, peer, options: example.options) { site in
      var faults = PBXFaults()
      faults.refused = [example.request: "no right"]
      await site.system.setFaults(of: "pbx", faults)
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == 3 }
      site.roster.set(Set((0..<3).map { site.id($0) }))
      #expect(try await site.deliver(0, example.wanted) == example.outcome)
      if let check = example.check {
        try await site.until("\(check) is red") {
          if case .failing? = site.check(check) { true } else { false }
        }
      }
      if let topic = example.topic {
        try await site.until("the user is named") {
          site.recorded.users.problems(of: site.id(0)).keys.contains(topic)
        }
      }
      // The PBX thinks better of it: the next value is served, and nobody had to restart anything.
      await site.system.setFaults(of: "pbx", PBXFaults())
      #expect(try await site.deliver(1, Presence(.busy)) == .delivered(lease: nil))
      #expect(
        try await site.deliver(0, Presence(.doNotDisturb), previous: example.wanted) == .delivered(lease: nil)
      )
      #expect(try await site.deliver(2, Self.call) == .delivered(lease: nil))
      let shown = await site.system.leftovers(contact: "teams:")
      #expect(
        Set(shown.entries) == [
          site.population.people[0].sip + " dnd", site.population.people[1].sip + " busy",
        ])
      #expect(shown.alienCalls == [site.population.people[2].sip])
    }
  }

  @Test(arguments: PBXPeer.extremes)
  func aRefusedTableIsNamedAndReadLater(_ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 3, peer) { site in
      var faults = PBXFaults()
      faults.refused = ["ReplicateStart": "no right"]
      await site.system.setFaults(of: "pbx", faults)
      try await site.powerOn("pbx")
      try await site.until("users is red") { if case .failing? = site.check("users") { true } else { false } }
      await site.system.setFaults(of: "pbx", PBXFaults())
      await site.pass(.seconds(25))
      try await site.until("the users are read") { site.snapshot?.count == 3 }
    }
  }

  @Test(arguments: PBXPeer.extremes)
  func ticksThatAreMissingCostWhatTheyAreFor(_ peer: PBXPeer) async throws {
    try await PBXSite.run(
      people: 3, peer, apis: ["PbxApi", "PbxTableUsers"], options: ["line_state": "rcc"]
    ) { site in
      try await site.powerOn("pbx") { $0.apis = ["PbxApi", "PbxTableUsers"] }
      try await site.until("the users are read") { site.snapshot?.count == 3 }
      #expect(try await site.deliver(0, Self.call) == .delivered(lease: nil))
      #expect(
        await site.system.leftovers(contact: "teams:").entries == [site.population.people[0].sip + " busy"])
      for name in ["calls pbx", "line state pbx"] {
        if case .failing? = site.check(name) { continue }
        #expect(Bool(false), "\(name) is not red")
      }
    }
  }

  @Test(arguments: PBXPeer.extremes)
  func aUserWhoVanishedIsRefusedAndTheOthersAreServed(_ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 3, peer) { site in
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == 3 }
      await site.system.remove(person: 0)
      try await site.until("the removal is known") {
        site.directory.changes.contains { if case .remove = $0 { true } else { false } }
      }
      #expect(
        try await site.deliver(0, Presence(.busy))
          == .rejected(reason: "the PBX does not know this user any more"))
      #expect(try await site.deliver(1, Presence(.busy)) == .delivered(lease: nil))
    }
  }

  @Test(arguments: PBXPeer.extremes)
  func ringingAndHoldComeThroughRCC(_ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 3, peer, options: ["line_state": "rcc"]) { site in
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == 3 }
      site.roster.set([site.id(0)])
      try await site.until("watched") { site.check("subscriptions") == .ok(detail: "1 of 1") }
      func shows(_ state: CallState) async throws {
        try await site.until("\(state)") { site.recorded.inlet.events.last?.presence.call == state }
      }
      await site.system.ring(person: 0)
      try await shows(.ringing)
      await site.system.startCall(person: 0)
      try await shows(.connected)
      await site.system.holdCall(person: 0)
      try await shows(.onHold)
      await site.system.endCall(person: 0)
      try await shows(.none)
    }
  }

  @Test(arguments: PBXPeer.extremes)
  func whoMayNotBeSeenIsNamedAtOnce(_ peer: PBXPeer) async throws {
    try await PBXSite.run(people: 3, peer) { site in
      await site.system.setAllowed(person: 1, false)
      try await site.powerOn("pbx")
      try await site.until("the users are read") { site.snapshot?.count == 3 }
      site.roster.set(Set((0..<3).map { site.id($0) }))
      try await site.until("named") {
        site.recorded.users.problems(of: site.id(1)).keys.contains("visibility")
      }
      #expect(site.recorded.users.problems(of: site.id(0)).isEmpty)
      await site.system.setAllowed(person: 1, true)
      try await site.until("forgiven") { site.recorded.users.problems(of: site.id(1)).isEmpty }
    }
  }

  @Test(arguments: PBXPeer.extremes)
  func groupsAndLicencesDecideWhoTakesPart(_ peer: PBXPeer) async throws {
    let options: [String: ConfigValue] = ["license": "App(innovaphone-microsoft365)", "groups": ["Support"]]
    try await PBXSite.run(people: 3, peer, options: options) { site in
      for person in 0..<2 { await site.system.setGroups(person: person, ["Support"]) }
      await site.system.setLicences(person: 1, [])
      try await site.powerOn("pbx")
      func standing(_ person: Int) -> DirectoryUser.Standing? {
        var found: DirectoryUser.Standing?
        for change in site.directory.changes {
          switch change {
          case .snapshot(let users), .upsert(let users):
            found = users.first { $0.id == site.id(person) }?.standing ?? found
          case .remove: break
          }
        }
        return found
      }
      try await site.until("decided") {
        standing(0) == .active
          && standing(1) == .unlicensed(reason: "has no licence App(innovaphone-microsoft365) in the PBX")
          && standing(2) == .excluded(reason: "is in none of the groups Support")
      }
    }
  }
}
