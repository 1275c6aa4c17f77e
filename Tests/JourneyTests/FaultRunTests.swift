// Microsoft misbehaves while people work: after each fault Teams and the PBX show what they should, a stop right then
// leaves nothing in either, and the process is as it was. How long it takes to agree is printed.

import NIOCore
import Sandbox
import Testing

@Suite(.serialized) struct FaultRunTests {
  static let people = 24

  enum Fault: String, CaseIterable {
    case throttling = "a storm of 429"
    case serverErrors = "a burst of 5xx"
    case droppedConnections = "dropped connections"
    case deletedSubscription = "a deleted subscription"
    case revokedTokens = "revoked tokens"

    func strike(_ graph: GraphService) {
      switch self {
      case .throttling: graph.inject(.fail(next: 10, status: 429, retryAfter: 0.4, area: .presence))
      case .serverErrors:
        for status in [500, 502, 503, 504] {
          graph.inject(.fail(next: 8, status: status, area: .presence))
        }
      case .droppedConnections: graph.inject(.reset(next: 30, area: .presence))
      case .deletedSubscription: graph.inject(.killSubscriptions())
      case .revokedTokens: graph.inject(.revokeTokens)
      }
    }

    /// Whether the gateway has met it.
    func wasMet(by journey: Journey) async -> Bool {
      func requests(_ status: String) async -> Double {
        await journey.metric("presence_gateway_microsoft365_graph_requests_total", "status=\"\(status)\"")
      }
      return switch self {
      case .throttling: await requests("429") >= 10
      case .serverErrors: await requests("5xx") >= 32
      // Where a kept connection breaks, libcurl tries another by itself: not every reset is told.
      case .droppedConnections: await requests("none") > 0
      case .deletedSubscription: journey.company.graph.presenceSubscriptionsMade >= 2
      case .revokedTokens: await requests("4xx") > 0
      }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: Fault.allCases)
  func bothSidesAgreeAfter(_ fault: Fault) async throws {
    try await Self.run { journey in
      try await Self.agree("\(fault.rawValue)", on: journey) { fault.strike(journey.company.graph) }
      try await journey.until("\(fault.rawValue) was met") { await fault.wasMet(by: journey) }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [-600.0, 600])
  func bothSidesAgreeWithAClockTenMinutesWrong(_ ahead: Double) async throws {
    try await Self.run(clockAhead: ahead) { journey in
      try await Self.agree("Microsoft's clock ahead by \(Int(ahead)) s", on: journey) {}
      #expect(await journey.status().contains("clock is 10 min \(ahead > 0 ? "behind" : "ahead of")"))
      // Pushes were believed.
      let name = "presence_gateway_microsoft365_notifications_total"
      #expect(await journey.metric(name, "result=\"wrong_token\"") == 0)
      #expect(await journey.metric(name, "result=\"accepted\"") > 0)
    }
  }

  /// What the process keeps for good is there after a first run.
  private static let warm = Task { try await Journey.run(people: 2) { _ in } }

  private static func run(clockAhead: Double = 0, _ body: (Journey) async throws -> Void) async throws {
    try await warm.value
    let config = ReadingJourneyTests.config(read: "mode: subscribe\ncheck_every: 5s")
    try await ProcessTraces.expectNone {
      try await Journey.run(people: people, config: config, company: { $0.graphClockAhead = clockAhead }) {
        journey in
        try await journey.until("pushed") { journey.company.graph.subscriptionIDs.count == 1 }
        try await body(journey)
        await journey.gateway.stop()
        #expect(await journey.company.leftovers() == [])
      }
    }
  }

  /// Two waves of changes begin with the fault; returns when they show everywhere and nothing waits any more.
  private static func agree(_ name: String, on journey: Journey, fault: () -> Void) async throws {
    let begin = NIODeadline.now()
    let requests = journey.company.graph.requestCount
    fault()
    await work(journey, wave: 0)
    await work(journey, wave: 1)
    var astray: [String] = []
    do {
      try await journey.until("\(name): both sides agree") {
        astray = await Self.astray(journey, wave: 1)
        guard astray.isEmpty else { return false }
        return await journey.metric("presence_gateway_outbox_depth") == 0
      }
    } catch let error as NeverHappened {
      throw NeverHappened(description: "\(error.description); astray: \(astray)")
    }
    let seconds = Double((NIODeadline.now() - begin).nanoseconds / 100_000_000) / 10
    print("\(name): agreed after \(seconds) s and \(journey.company.graph.requestCount - requests) requests")
  }

  /// Everybody does something new, by a number: one calls, one chooses a state, one is in a meeting.
  private static func work(_ journey: Journey, wave: Int) async {
    let (graph, pbx) = (journey.company.graph, journey.company.pbx)
    for person in 0..<people {
      let turn = (person + wave) % 4
      graph.setTeamsClient(person, to: turn == 3 ? .inAMeeting : .available)
      await pbx.choosePresence(person: person, activity: ["", "dnd", "lunch", ""][turn])
      if turn == 0 { await pbx.startCall(person: person) } else { await pbx.endCall(person: person) }
    }
  }

  /// Who does not show what `work` of the wave should have brought about.
  private static func astray(_ journey: Journey, wave: Int) async -> [String] {
    var astray: [String] = []
    for person in 0..<people {
      let teams = [
        "Busy/InACall", "DoNotDisturb/DoNotDisturb", "BeRightBack/BeRightBack", "Busy/InAMeeting",
      ][(person + wave) % 4]
      // Only the meeting comes from Teams.
      let telephone = (person + wave) % 4 == 3 ? "meeting" : ""
      let (shown, held) = (journey.teams(person), await journey.telephone(person))
      if shown != teams || held != telephone {
        astray.append("\(person): \(shown) and \"\(held)\" instead of \(teams) and \"\(telephone)\"")
      }
    }
    return astray
  }
}
