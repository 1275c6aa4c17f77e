// `run --shadow` reads everything, writes nothing, and says what it would have written.

import Gateway
import PluginAPI
import Sandbox
import Testing

@Suite struct ShadowTests {
  @Test func nothingIsWrittenAndTheDifferenceIsTold() async throws {
    let shadow = ShadowLog()
    try await Journey.run(shadow: shadow) { journey in
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      await journey.company.pbx.startCall(person: 1)
      try await journey.until("both are noted") { shadow.snapshot().count == 2 }
      #expect(journey.company.book.figures().teams.writes == 0)
      #expect(journey.company.book.figures().pbx.writes == 0)
      #expect(journey.teams(1) == "Available/Available")
      // The person's own doing in Teams is no echo of what was never written.
      journey.company.graph.setTeamsClient(1, to: .inACall)
      try await journey.until("the call is noted") {
        shadow.snapshot().contains { $0.sink == "pbx" && $0.wanted?.call == .connected }
      }
      let overview = try await journey.ask("GET", "/api/v1/overview").text
      #expect(overview.contains(#""shadow":true"#))
      let report = try await journey.ask("GET", "/api/v1/shadow").text
      #expect(report.contains(#""people":2,"sink":"pbx","updates":2}"#), "\(report)")
      #expect(report.contains(#""wanted":"#) && report.contains(#""there":"#))
      #expect(await journey.metric("presence_gateway_deliveries_total", "outcome=\"shadow\"") == 3)
      #expect(await journey.metric("presence_gateway_deliveries_total", "outcome=\"accepted\"") == 0)
      #expect(try await journey.ask("GET", "/api/v1/events?kind=decision").text.contains(#""would show "#))
      await journey.gateway.stop()
      #expect(await journey.company.leftovers() == [])
      #expect(journey.company.book.figures().teams.writes + journey.company.book.figures().pbx.writes == 0)
    }
    let text = shadow.text()
    #expect(text.hasPrefix("pbx: updates not written: 2; people: 2; "))
    #expect(text.contains("\nteams: updates not written: 1; people: 1; "))
    #expect(text.contains("would show busy (inMeeting), there: available\n"))
  }

  @Test func anEmptyReportSaysSo() {
    #expect(ShadowLog().text() == "nothing would have been written\n")
  }
}
