// What an administrator sees in a real browser: green after the start, red with the right words, green again.

import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(6))) struct AdminPageTests {
  @Test func everyViewIsThereAndAsksNobodyElse() async throws {
    try await Journey.run { journey in
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("")
        try await browser.sees("Everything works", in: "h1")
        try await browser.sees("5 people in step", in: ".hero")
        for text in ["reading sign-in sync1@contoso.example", "writing sign-in", "subscriptions", "users"] {
          try await browser.sees(text, in: "[aria-labelledby=plugin-teams]")
        }
        for text in ["login pbx", "users", "visibility"] {
          try await browser.sees(text, in: "[aria-labelledby=plugin-pbx]")
        }
        journey.company.graph.setTeamsClient(0, to: .inAMeeting)
        try await browser.sees("1 delivered", in: "[aria-label='Route from teams to pbx']")
        try await browser.isAccessible()
        try await browser.click("People", role: "link")
        try await browser.counts(6, of: "tbody tr")
        try await browser.sees("shows ours: busy, in a meeting", in: "tbody")
        try await browser.isAccessible()
        try await browser.click(journey.company.population.people[0].displayName, role: "link")
        try await browser.sees("Busy, in a meeting", in: "[aria-labelledby=side-teams]")
        try await browser.sees("because of teams", in: "[aria-labelledby=happened]")
        try await browser.click("Events", role: "link")
        try await browser.sees("Live", in: ".live")
        journey.company.graph.setTeamsClient(1, to: .doNotDisturb)
        try await browser.sees("do not disturb", in: ".events")
        try await browser.isAccessible()
        try await browser.click("Configuration", role: "link")
        try await browser.sees("a reload would change nothing", in: "main")
        try await browser.sees("env:TEAMS_WRITE_SECRET", in: ".numbered")
        try await browser.isAccessible()
        try await browser.click("Accounts", role: "link")
        try await browser.sees("Accounts", in: "h1")
        try await browser.sees("carries 5 people", in: "main")
        try await browser.isAccessible()
      }
    }
  }

  @Test func aPersonAndARouteArePausedAndExceptionsAreTried() async throws {
    try await Journey.run { journey in
      let ada = journey.company.population.people[0]
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("")
        try await browser.sees("Everything works", in: "h1")
        try await browser.click("Pause teams → pbx")
        try await browser.choose("How long", "240")
        try await browser.fill("Reason", "we move house")
        try await browser.click("Pause", exact: true)
        try await browser.sees("goes on in 3 h — we move house", in: "[aria-label='Route from teams to pbx']")
        try await browser.click("Resume teams → pbx")
        try await browser.misses("On hold", in: "main")

        try await browser.click("People", role: "link")
        try await browser.click(ada.displayName, role: "link")
        try await browser.sees("pbx should show", in: "[aria-labelledby=why]")
        try await browser.click("Pause \(ada.displayName)")
        try await browser.isAccessible()
        try await browser.click("Pause", exact: true)
        try await browser.sees("On hold, what is shown stays; goes on in", in: "main")
        try await browser.click("People", role: "link")
        try await browser.sees("On hold", in: "tbody")

        try await browser.click("Exceptions …", role: "link")
        try await browser.sees("plugins.yaml names no file for them yet", in: "main")
        try await browser.fill("Or here, as CSV", "teams,pbx,action,reason\n,\(ada.sip),exclude,lent")
        try await browser.click("Show what would change")
        try await browser.sees("This would make 2 changes", in: "#effect")
        try await browser.sees("excluded: lent", in: "tbody")
        try await browser.isAccessible()
      }
    }
  }

  @Test func brokenLinksAreRedWithTheirReasonAndGreenAgain() async throws {
    try await Journey.run { journey in
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("")
        try await browser.sees("Everything works", in: "h1")

        await journey.company.pbx.setAllowed(person: 2, false)
        try await browser.sees(
          "1 of 5 users do not show their presence", in: "[aria-labelledby=plugin-pbx]", within: 60)
        await journey.company.pbx.setAllowed(person: 2, true)
        try await browser.sees("5 users show their presence", in: "[aria-labelledby=plugin-pbx]", within: 60)

        var faults = PBXFaults()
        faults.wrongPassword = true
        await journey.company.pbx.setFaults(of: "pbx", faults)
        await journey.company.pbx.dropConnections(of: "pbx")
        try await browser.sees("attention", in: "h1", within: 60)
        try await browser.sees("its password is wrong", in: ".attention")
        try await browser.sees("What to do:", in: ".attention")
        try await browser.isAccessible()
        await journey.company.pbx.setFaults(of: "pbx", PBXFaults())
        try await browser.sees("Everything works", in: "h1", within: 90)
      }
    }
  }

  @Test func tenThousandAreSearchedSortedAndPaged() async throws {
    try await Journey.run(people: 10_000, awaitReady: false) { journey in
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("#/people")
        try await browser.sees("of 10,001", in: ".count", within: 150)
        try await browser.counts(50, of: "tbody tr")
        let person = journey.company.population.people[4711]
        try await browser.fill("Search by name", person.email)
        try await browser.sees("1–1 of 1", in: ".count")
        try await browser.sees(person.displayName, in: "tbody")
        try await browser.fill("Search by name", "")
        try await browser.sees("1–50 of 10,001", in: ".count")
        try await browser.click("Next")
        try await browser.sees("51–100 of 10,001", in: ".count")
        try await browser.choose("Standing", "unmatched")
        try await browser.sees("of 1", in: ".count")
        try await browser.sees("sync1@contoso.example", in: "tbody")
      }
    }
  }
}
