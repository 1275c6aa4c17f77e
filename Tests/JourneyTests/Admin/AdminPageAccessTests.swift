// The ways in to the admin page, in a real browser: a password, or a client certificate, and what is said without them.

import Testing

@Suite(.serialized, .timeLimit(.minutes(3))) struct AdminPageAccessTests {
  @Test func aPasswordLetsInUntilSomebodySignsOut() async throws {
    try await Journey.run(awaitReady: false, config: AdminCommandTests.locked) { journey in
      let password = try #require(journey.environment["PBX_APP_PASSWORD"])
      try await Browser.run(port: journey.adminPort, secure: true, expecting: ["status of 401"]) { browser in
        try await browser.open("#/people")
        try await browser.isTitled("Sign in")
        try await browser.isFocused("Administrator's password")
        try await browser.type("not it")
        try await browser.press("Enter")
        try await browser.sees("the password is wrong", in: "[role=alert]")
        try await browser.isAccessible()
        try await browser.isFocused("Administrator's password")
        try await browser.type(password)
        try await browser.press("Enter")
        // Where one wanted to go.
        try await browser.isTitled("People")
        try await browser.sees("Everything works", in: "#summary")
        try await browser.click("Sign out")
        try await browser.isTitled("Sign in")
      }
    }
  }

  @Test func aCertificateLetsInAndItsNameIsInTheAuditLog() async throws {
    try await Journey.run(awaitReady: false, config: AdminCommandTests.withCertificates) { journey in
      try await Browser.run(port: journey.adminPort, secure: true) { browser in
        try await browser.open("")
        try await browser.sees("The browser has shown no client certificate.", in: ".login")
        try await browser.sees("What to do:", in: ".login")
        try await browser.isAccessible()
      }
      // The authority of the sandbox has issued one that serves for both ends.
      let certificate = try #require(journey.environment["PRESENCE_TLS_CERTIFICATE"])
      let key = try #require(journey.environment["PRESENCE_TLS_KEY"])
      try await Browser.run(
        port: journey.adminPort, secure: true, certificate: (certificate, key)
      ) { browser in
        try await browser.open("")
        try await browser.sees("Everything works", in: "h1", within: 60)
        try await browser.click("Pause teams → pbx")
        try await browser.click("Pause", exact: true)
        try await browser.sees("On hold", in: "[aria-label='Route from teams to pbx']")
        try await browser.click("Events", role: "link")
        try await browser.choose("Kind", "audit")
        try await browser.sees("pause: teams → pbx", in: ".events")
        try await browser.sees("localhost", in: ".events")
      }
    }
  }
}
