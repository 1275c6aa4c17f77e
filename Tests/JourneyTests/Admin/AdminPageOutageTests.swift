// A page that stays open: hurried visits over a slow line, sessions that end, and gateways that are started anew.

import FoundationEssentials
import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(4))) struct AdminPageOutageTests {
  @Test func hurriedVisitsOverASlowLineLeaveNoStreamOpen() async throws {
    try await Journey.run { journey in
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("")
        try await browser.sees("Everything works", in: "h1")
        try await browser.slow(milliseconds: 200)
        for _ in 1...8 {
          for view in ["events", "people"] {
            _ = try await browser.evaluate("location.hash = '#/\(view)'")
            // Long enough to be asked, not to be answered.
            _ = try await browser.evaluate("new Promise((go) => setTimeout(go, 50))")
          }
        }
        try await browser.counts(6, of: "tbody tr")
        try await browser.isAsking("/events/stream", times: 0)
        try await browser.click("Events", role: "link")
        try await browser.sees("Live", in: ".live")
        try await browser.isAsking("/events/stream", times: 1)
        try await browser.click("Accounts", role: "link")
        try await browser.sees("added here", in: "main")
        try await browser.isAsking("/events/stream", times: 0)
      }
    }
  }

  private static let withPassword: @Sendable (String) throws -> String = { text in
    try text.rewriting(
      ("    # password: env:PRESENCE_ADMIN_PASSWORD", "    password: env:PBX_APP_PASSWORD"))
  }
  /// What a browser notes by itself.
  private static let outage = ["ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "status of 401"]

  @Test func aRestartAsksForThePasswordAgainAndEventsGoOn() async throws {
    try await Journey.run(config: Self.withPassword) { journey in
      let password = try #require(journey.environment["PBX_APP_PASSWORD"])
      let graph = journey.company.graph
      try await Browser.run(port: journey.adminPort, expecting: Self.outage) { browser in
        try await browser.open("#/events")
        try await browser.fill("Administrator's password", password)
        try await browser.click("Sign in")
        try await browser.sees("Live", in: ".live")
        graph.setTeamsClient(0, to: .doNotDisturb)
        try await browser.sees("do not disturb", in: ".events")

        try await journey.restart {
          try await browser.sees("No answer", in: "#summary")
        }
        try await browser.fill("Administrator's password", password)
        try await browser.click("Sign in")
        try await browser.sees("Live", in: ".live")
        try await journey.untilReady()
        let other = journey.company.population.people[1].displayName
        try await browser.misses(other, in: ".events")
        graph.setTeamsClient(1, to: .doNotDisturb)
        try await browser.sees(other, in: ".events")
      }
    }
  }

  @Test func whatIsTakenOverIsWhatWasPreviewedAndNothingTypedIsLost() async throws {
    let config: @Sendable (String) throws -> String = {
      try Self.withPassword(AdminOverridesTests.withFile($0))
    }
    try await Journey.run(config: config, prepare: AdminOverridesTests.makeFile) { journey in
      let password = try #require(journey.environment["PBX_APP_PASSWORD"])
      let csv = "teams,pbx,action,reason\n,\(journey.company.population.people[0].sip),exclude,lent"
      try await Browser.run(port: journey.adminPort, expecting: Self.outage) { browser in
        try await browser.open("#/people/overrides")
        try await browser.fill("Administrator's password", password)
        try await browser.click("Sign in")
        try await browser.fill("Or here, as CSV", csv)
        try await browser.click("Show what would change")
        try await browser.sees("This would make 2 changes", in: "#effect")
        try await browser.fill("Or here, as CSV", csv + " out")
        try await browser.counts(0, of: "#effect")

        _ = try await browser.evaluate("fetch('/api/v1/session', { method: 'DELETE' })")
        try await browser.click("Show what would change")
        try await browser.fill("Administrator's password", password)
        try await browser.click("Sign in")
        try await browser.click("Show what would change")
        try await browser.sees("excluded: lent out", in: "tbody")
        try await browser.click("Take over")
        try await browser.sees("The file is written", in: ".answer")
      }
      let folder = URL(filePath: journey.config).deletingLastPathComponent()
      let written = try Data(contentsOf: folder.appending(path: "exceptions.csv"))
      #expect(String(decoding: written, as: UTF8.self) == csv + " out")
    }
  }

  @Test func aPageThatStayedOpenOverARestartMayChangeThings() async throws {
    try await Journey.run { journey in
      // The first change is refused: it carries what the gateway before gave out.
      let expected = Self.outage + ["status of 403", "status of 404"]
      try await Browser.run(port: journey.adminPort, expecting: expected) { browser in
        try await browser.open("#/people/%/x")
        try await browser.sees("there is no such thing here", in: ".banner")
        try await browser.misses("Loading", in: "main")
        try await browser.click("Overview", role: "link")
        try await browser.sees("Everything works", in: "h1")
        try await journey.restart()
        try await browser.sees("Everything works", in: "h1", within: 60)
        try await browser.click("Pause teams → pbx")
        try await browser.click("Pause", exact: true)
        try await browser.sees("On hold", in: "[aria-label='Route from teams to pbx']")
      }
    }
  }
}
