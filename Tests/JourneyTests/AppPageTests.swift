// The App's page in a real browser, framed as myApps frames it. What myApps and the PBX do for it there, the tile and
// the login of the user, is played by a page of the test.

import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(3))) struct AppPageTests {
  @Test func showsTheStateToWhomThePBXKnows() async throws {
    try await Journey.run { journey in
      let app = "https://localhost:\(journey.publicPort)/contoso.example/microsoft365/presence-gateway"
      let password = try #require(journey.environment["PBX_APP_PASSWORD"])
      try await Browser.run(port: journey.publicPort, secure: true) { browser in
        try await browser.openInMyApps(app, password: password, scheme: "dark")
        try await browser.sees("Everything works", in: "h1")
        try await browser.sees("5 people in step", in: ".hero")
        try await browser.sees("Live", in: "#link")
        for text in ["login pbx", "users", "visibility"] {
          try await browser.sees(text, in: "[aria-label=pbx]")
        }
        try await browser.sees("teams → pbx", in: "main")
        let tile = try await browser.evaluate("document.getElementById('tile').naturalWidth")
        #expect(tile == "256")

        // It follows what happens, and the page was never taken for a PBX.
        await journey.company.pbx.setAllowed(person: 2, false)
        try await browser.sees("1 of 5 users do not show their presence", in: ".attention", within: 60)
        try await browser.sees("What to do:", in: ".attention")
        try await browser.isAccessible()
        #expect(await journey.metric("presence_gateway_pbx_connections") == 1)
        #expect(await journey.metric("presence_gateway_pbx_logins_total", "visitor") == 1)

        try await browser.openInMyApps(app, password: "guess")
        try await browser.sees("You are not let in", in: "h1")
        try await browser.misses("Everything works")

        try await browser.open("contoso.example/microsoft365/presence-gateway.htm")
        try await browser.sees("Open this in myApps", in: "h1")
      }
    }
  }
}
