// A changed configuration is taken over while everything runs: what did not change does not notice.

import FoundationEssentials
import Gateway
import Sandbox
import Testing

@Suite(.serialized) struct ReloadTests {
  private static let routeToTeams = "  - from: pbx\n    to: teams\n"

  @Test func aChangedMapAppliesAndNobodyIsConnectedAnew() async throws {
    try await Journey.run { journey in
      await journey.company.pbx.choosePresence(person: 3, activity: "lunch")
      try await journey.until("lunch is passed on") { journey.teams(3) == "BeRightBack/BeRightBack" }
      let subscriptions = journey.company.graph.subscriptionIDs.sorted()
      try #require(!subscriptions.isEmpty)
      let links = await journey.metric("presence_gateway_http_requests_total", "status=\"1xx\"")

      try journey.rewrite(Self.routeToTeams, Self.routeToTeams + "    map: { lunch: busy }\n")
      #expect(await journey.gateway.reload() == .changed(["route pbx → teams changed"]))

      try await journey.until("what was said before is mapped anew") { journey.teams(3) == "Busy/Busy" }
      #expect(journey.company.graph.subscriptionIDs.sorted() == subscriptions)
      #expect(await journey.metric("presence_gateway_http_requests_total", "status=\"1xx\"") == links)
      #expect(await journey.gateway.reload() == .unchanged)
    }
  }

  @Test func theFileIsNoticedByItself() async throws {
    try await Journey.run { journey in
      await journey.company.pbx.choosePresence(person: 3, activity: "lunch")
      try await journey.until("lunch is passed on") { journey.teams(3) == "BeRightBack/BeRightBack" }
      try journey.rewrite(Self.routeToTeams, Self.routeToTeams + "    map: { lunch: busy }\n")
      try await journey.until("it is mapped anew") { journey.teams(3) == "Busy/Busy" }
    }
  }

  @Test func aWrongFileChangesNothingAndSaysWhere() async throws {
    try await Journey.run { journey in
      try journey.rewrite(Self.routeToTeams, Self.routeToTeams + "    priority: lots\n")
      guard case .refused(let problems)? = await journey.gateway.reload() else {
        Issue.record("a wrong file was taken over")
        return
      }
      let problem = try #require(problems.first)
      #expect(problem.path == "routes[1].priority")
      #expect(problem.message == "must be a whole number, is lots")
      let status = await journey.status()
      #expect(status.contains("routes[1].priority: must be a whole number, is lots"))
      #expect(status.contains("Correct the file: until then everything goes on as it was before."))
      // It is no reason to take the gateway out of service, and everything works on.
      #expect(await journey.get("/readyz")?.status == 200)
      await journey.company.pbx.startCall(person: 1)
      try await journey.until("a call is passed on") { journey.teams(1) == "Busy/InACall" }

      try journey.rewrite("    priority: lots\n", "")
      #expect(await journey.gateway.reload() == .unchanged)
      #expect(await !journey.status().contains("must be a whole number"))
    }
  }

  @Test func whatOnlyAStartCanChangeIsRefusedByName() async throws {
    try await Journey.run { journey in
      try journey.rewrite("${PRESENCE_ADMIN_LISTEN:-127.0.0.1:9090}", "127.0.0.1:1")
      guard case .refused(let problems)? = await journey.gateway.reload() else {
        Issue.record("a listener was changed")
        return
      }
      #expect(problems.map(\.path) == ["gateway.admin"])
      #expect(
        problems.first?.message == "takes effect with a restart only: nothing of the file is taken over")
    }
  }

  @Test func aChangedPluginIsConnectedAnewAndTheOtherIsNot() async throws {
    try await Journey.run { journey in
      await journey.company.pbx.startCall(person: 1)
      try await journey.until("a call is passed on") { journey.teams(1) == "Busy/InACall" }
      let subscriptions = journey.company.graph.subscriptionIDs.sorted()
      let links = await journey.metric("presence_gateway_http_requests_total", "status=\"1xx\"")

      try journey.rewrite("# presenting_as: on-the-phone", "presenting_as: dnd")
      #expect(await journey.gateway.reload() == .changed(["plugin pbx changed"]))

      try await journey.until("the PBX has dialled again") {
        await journey.metric("presence_gateway_http_requests_total", "status=\"1xx\"") > links
      }
      try await journey.until("all is ready") { await journey.get("/readyz")?.status == 200 }
      #expect(journey.company.graph.subscriptionIDs.sorted() == subscriptions)
      #expect(journey.teams(1) == "Busy/InACall")
      await journey.company.pbx.endCall(person: 1)
      try await journey.until("the end is passed on") { journey.teams(1) == "Available/Available" }
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("the other way works too") { await journey.telephone(0) == "meeting" }
    }
  }

  @Test func aRemovedPluginIsTakenLeaveOf() async throws {
    try await Journey.run { journey in
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      await journey.company.pbx.startCall(person: 1)
      try await journey.until("both are passed on") {
        await journey.telephone(0) == "meeting" && journey.teams(1) == "Busy/InACall"
      }
      try Self.leaveOnlyTeams(journey, secondTenant: "other")
      #expect(
        await journey.gateway.reload()
          == .changed([
            "plugin other (microsoft365) added", "plugin pbx removed", "route teams → other added",
            "route teams → pbx removed", "route pbx → teams removed",
          ]))
      #expect(await journey.telephone(0) == "")
      #expect(await journey.company.pbx.leftovers(contact: "teams:").entries == [])
      try await journey.until("Teams is cleared") { journey.teams(1) == "Available/Available" }
      #expect(await !journey.status().contains("\"pbx\""))
      let metrics = String(decoding: await journey.get("/metrics")?.body ?? [], as: UTF8.self)
      #expect(!metrics.contains(#"presence_gateway_checks{plugin="pbx""#))
      #expect(metrics.contains(#"presence_gateway_checks{plugin="other""#))
    }
  }

  @Test func anotherTypeUnderTheSameIdTellsItsOwnFigures() async throws {
    try await Journey.run { journey in
      try Self.leaveOnlyTeams(journey, secondTenant: "pbx")
      guard case .changed? = await journey.gateway.reload() else {
        Issue.record("the file was not taken over")
        return
      }
      let metrics = String(decoding: await journey.get("/metrics")?.body ?? [], as: UTF8.self)
      #expect(metrics.contains(#"presence_gateway_outbox_depth{sink="pbx"}"#))
      #expect(!metrics.contains(#"presence_gateway_pbx_users{plugin="pbx"}"#))
    }
  }

  @Test func aStopDuringAReloadStartsNothing() async throws {
    try await Journey.run { journey in
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("it is passed on") { await journey.telephone(0) == "meeting" }
      var down = PBXFaults()
      down.hanging = true
      await journey.company.pbx.setFaults(of: "pbx", down)
      try Self.leaveOnlyTeams(journey, secondTenant: "other")
      let reload = Task { await journey.gateway.reload() }
      // The routes are gone, and the PBX does not take back what it shows.
      try await journey.until("it takes leave") {
        await !journey.status().contains(#""from":"teams""#)
      }
      await journey.gateway.stop()
      #expect(await reload.value == nil)
      #expect(journey.company.graph.subscriptionIDs == [], "nobody would delete what a new plugin makes")
    }
  }

  /// Without the PBX, and with a second tenant that is the same one, because a route needs two ends.
  private static func leaveOnlyTeams(_ journey: Journey, secondTenant id: String) throws {
    let text = try String(contentsOfFile: journey.config, encoding: .utf8)
    let start = try #require(text.firstRange(of: "  pbx:\n    type: pbx\n"))
    let people = try #require(text.firstRange(of: "people:\n"))
    let routes = try #require(text.firstRange(of: "routes:\n"))
    let teams = text[try #require(text.firstRange(of: "  teams:\n")).upperBound..<start.lowerBound]
    let new =
      text[..<start.lowerBound] + "  \(id):\n" + teams + text[people.lowerBound..<routes.upperBound]
      + "  - { from: teams, to: \(id) }\n"
    try new.write(toFile: journey.config, atomically: true, encoding: .utf8)
  }
}
