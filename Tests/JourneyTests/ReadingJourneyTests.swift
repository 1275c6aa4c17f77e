// The ways of reading Teams against the simulated tenant: polling alone, a subscription that is lost or silent, a clock
// that is wrong, groups, and hints.

import Sandbox
import Testing

@Suite(.serialized) struct ReadingJourneyTests {
  /// The repository's plugins.yaml with other options of `read` and `users`.
  static func config(read: String = "mode: subscribe", users: String = "")
    -> @Sendable (String) throws
    -> String
  {
    { text in
      try text.rewriting(
        ("      mode: subscribe ", read.split(separator: "\n").map { "      \($0)\n" }.joined() + "     # "),
        ("    users:\n", "    users:\n" + users.split(separator: "\n").map { "      \($0)\n" }.joined()))
    }
  }
  static func people(_ journey: Journey, _ state: String) async -> Double {
    await journey.metric("presence_gateway_people", "state=\"\(state)\"")
  }

  @Test func pollingNeedsNoAccountAndNoSubscription() async throws {
    let config = Self.config(read: "mode: poll\nclient_secret: env:TEAMS_READ_SECRET\npoll_interval: 5s")
    let withoutAccounts: @Sendable (String) throws -> String = { text in
      try config(text).split(separator: "\n").filter { !$0.contains("SYNC") && !$0.contains("  accounts:") }
        .joined(separator: "\n")
    }
    try await Journey.run(config: withoutAccounts) { journey in
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("meeting") { await journey.telephone(0) == "meeting" }
      #expect(journey.company.graph.presenceSubscriptionsMade == 0)
      #expect(await journey.status().contains("everybody is polled every 5s: mode: poll"))
    }
  }

  @Test func aLostSubscriptionIsMissedSoonAndMadeAnew() async throws {
    let config = Self.config(read: "mode: subscribe\ncheck_every: 10s")
    try await Journey.run(config: config) { journey in
      try await journey.until("pushed") { journey.company.graph.subscriptionIDs.count == 1 }
      journey.company.graph.inject(.killSubscriptions())
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("meeting") { await journey.telephone(0) == "meeting" }
      try await journey.until("made anew") { journey.company.graph.presenceSubscriptionsMade == 2 }
    }
  }

  @Test func whileMicrosoftStillCountsALostSubscriptionPeopleArePolled() async throws {
    let config = Self.config(read: "mode: subscribe\ncheck_every: 10s\nfallback_interval: 5s")
    try await Journey.run(config: config) { journey in
      try await journey.until("pushed") { journey.company.graph.subscriptionIDs.count == 1 }
      journey.company.graph.inject(.killSubscriptions(staysBooked: true))
      try await journey.until("refused") { await journey.status().contains("has reached its limit of '1'") }
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("meeting, by polling") { await journey.telephone(0) == "meeting" }
      #expect(journey.company.graph.presenceSubscriptionsMade == 1)
      #expect(await journey.get("/readyz")?.status == 503, "somebody should know")
    }
  }

  @Test func aSilentSubscriptionIsNoticedByThePollsAndMadeAnew() async throws {
    let config = Self.config(read: "mode: subscribe\npoll_interval: 5s\nsilence_after: 10s")
    try await Journey.run(config: config) { journey in
      try await journey.until("pushed") { journey.company.graph.subscriptionIDs.count == 1 }
      // Seen once, so that it is known what the person showed while the subscription lived.
      journey.company.graph.setTeamsClient(0, to: .busy)
      try await journey.until("busy") { await journey.telephone(0) == "busy" }
      journey.company.graph.inject(.dropNotifications(next: 1))
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("meeting, by polling") { await journey.telephone(0) == "meeting" }
      try await journey.until("noticed") {
        await journey.metric("presence_gateway_microsoft365_silent_subscriptions_total") == 1
      }
      try await journey.until("made anew") { journey.company.graph.presenceSubscriptionsMade == 2 }
      journey.company.graph.setTeamsClient(0, to: .doNotDisturb)
      try await journey.until("it speaks again") {
        await journey.metric("presence_gateway_microsoft365_uncovered_people") == 0
      }
    }
  }

  @Test(arguments: [-600.0, 600])
  func aClockTenMinutesWrongCostsNothing(_ ahead: Double) async throws {
    let company: (inout CompanyOptions) -> Void = { $0.graphClockAhead = ahead }
    try await Journey.run(company: company) { journey in
      try await journey.until("everybody is pushed") {
        await journey.status().contains("people in 1 subscription")
      }
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("meeting") { await journey.telephone(0) == "meeting" }
      try await journey.until("a notification was proven") {
        await journey.metric("presence_gateway_microsoft365_notifications_total", "result=\"accepted\"") >= 1
      }
      #expect(await journey.status().contains("clock is 10 min \(ahead > 0 ? "behind" : "ahead of")"))
    }
  }

  @Test func onlyMembersOfAGroupAreServedAndHintsTellChanges() async throws {
    let config = Self.config(users: "groups: [Telephone users]\nhints: true\nrefresh: 1h")
    let company: (inout CompanyOptions) -> Void = { options in
      options.prepare = { graph, population in
        graph.setGroup(
          GraphGroup(
            id: "99999999-0000-4000-8000-000000000001", displayName: "Telephone users",
            users: population.people.prefix(3).map(\.graphID)))
      }
    }
    try await Journey.run(config: config, company: company) { journey in
      #expect(await Self.people(journey, "matched") == 3)
      let left = journey.company.population.people.count - 3
      #expect(await Self.people(journey, "excluded") >= Double(left))
      try await journey.until("the hints are subscribed to") { await journey.status().contains("user hints") }
      journey.company.graph.modifyUser(0) { $0.isEnabled = false }
      try await journey.until("one fewer") { await Self.people(journey, "matched") == 2 }
    }
  }
}
