// The list of events on a busy gateway: what is rare is found, and what one types is answered by the page itself.

import Sandbox
import Testing

@testable import Gateway

@Suite(.serialized, .timeLimit(.minutes(2))) struct AdminPageEventsTests {
  @Test func whatIsRareIsFoundBelowAThousandDecisions() async throws {
    try await Journey.run { journey in
      let log = journey.gateway.services.events
      for number in 1...3 { log.append(.audit, .info, "rare deed \(number)") }
      for number in 1...1200 { log.append(.decision, .info, "decision \(number)") }
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("#/events")
        try await browser.sees("1,000 of the last 1,000 events", in: ".count")
        try await browser.misses("rare deed", in: ".events")
        try await browser.choose("Kind", "audit")
        try await browser.sees("3 of the last 3 events", in: ".count")
        try await browser.sees("Live", in: ".live")
        log.append(.decision, .info, "of another kind")
        log.append(.audit, .warning, "rare deed 4")
        try await browser.sees("4 of the last 4 events", in: ".count")
        try await browser.choose("Level", "warning")
        try await browser.sees("1 of the last 1 event", in: ".count")

        // What is chosen while nothing is followed is loaded all the same.
        try await browser.click("Live")
        log.append(.audit, .warning, "rare deed 5")
        try await browser.choose("Level", "")
        try await browser.sees("5 of the last 5 events", in: ".count")
        log.append(.audit, .warning, "rare deed 6")
        let asked =
          "performance.getEntriesByType('resource').filter(one => one.name.includes('/events')).length"
        let before = try await browser.evaluate(asked)
        try await browser.fill("Search in events", "deed 2")
        try await browser.sees("1 of the last 5 events", in: ".count")
        #expect(try await browser.evaluate(asked) == before)
        try await browser.click("Paused")
        try await browser.fill("Search in events", "deed")
        try await browser.sees("6 of the last 6 events", in: ".count")

        // The address keeps what was asked for.
        try await browser.choose("Level", "warning")
        try await browser.sees("3 of the last 3 events", in: ".count")
        let address = try await browser.evaluate("location.hash") ?? ""
        try await browser.open("")
        try await browser.isTitled("Overview")
        try await browser.open(address)
        try await browser.sees("3 of the last 3 events", in: ".count")
      }
    }
  }
}
