// Links that break and are mended, seen and partly mended on the page itself.

import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(4))) struct AdminPageRepairTests {
  private static let (first, second) = ("sync1@contoso.example", "sync2@contoso.example")

  /// The second account exists at Microsoft, but the configuration does not know it.
  private static let withOneAccountAndItsCode: @Sendable (String) throws -> String = {
    try DeviceCodeTests.withDeviceCode($0).rewriting(("TEAMS_SYNC2_USERNAME", "TEAMS_NOBODY"))
  }

  @Test func accountsAreAddedAndSignedInOnThePage() async throws {
    try await Journey.run(
      awaitReady: false, config: Self.withOneAccountAndItsCode, company: Self.withTwoAccounts
    ) { journey in
      let graph = journey.company.graph
      graph.inject(.requireMFA(username: Self.first))
      let password = try #require(journey.environment["TEAMS_SYNC2_PASSWORD"])
      // Browsers note an answer that is an error, here the one to the wrong password.
      try await Browser.run(port: journey.adminPort, expecting: ["status of 422"]) { browser in
        try await browser.open("")
        try await browser.sees("reading sign-in \(Self.first)", in: ".attention")
        try await browser.sees("What to do:", in: ".attention")

        try await browser.click("Accounts", role: "link")
        try await browser.fill("User name", Self.second)
        try await browser.fill("Password", "not it", exact: true)
        try await browser.click("Sign in and add")
        try await browser.sees("AADSTS50126", in: ".answer")
        try await browser.fill("Password", password, exact: true)
        try await browser.click("Sign in and add")
        try await browser.sees("\(Self.second) is signed in", in: ".answer")
        try await browser.sees("added here", in: "[data-key='teams \(Self.second)']")

        try await browser.click("with a code that somebody types elsewhere", role: "radio")
        try await browser.fill("User name", Self.first)
        try await browser.click("Ask for a code")
        try await browser.sees("Sign in there as \(Self.first)", in: ".device")
        try await browser.isAccessible()
        // Who looks elsewhere meanwhile finds it again, and is told how it ended.
        try await browser.click("People", role: "link")
        try await browser.click("Accounts", role: "link")
        try await browser.sees("Sign in there as \(Self.first)", in: ".device")
        try await browser.click("People", role: "link")
        for code in graph.waitingDeviceCodes { graph.answerDeviceCode(code, as: Self.first) }
        try await browser.click("Accounts", role: "link")
        try await browser.sees("\(Self.first) is signed in", in: ".answer", within: 30)

        try await browser.click("Overview", role: "link")
        try await browser.sees("Everything works", in: "h1", within: 60)
        try await browser.sees("reading sign-in \(Self.second)", in: "[aria-labelledby=plugin-teams]")

        try await browser.click("Accounts", role: "link")
        try await browser.accept()
        try await browser.click("Remove \(Self.second)")
        try await browser.sees("\(Self.second) is removed", in: ".answer")
      }
    }
  }
  private static let withTwoAccounts: @Sendable (inout CompanyOptions) -> Void = { $0.accounts = 2 }

  /// What stands in a file is there to be corrected while the gateway runs.
  private static let withFiles: @Sendable (String) throws -> String = {
    try $0.rewriting(
      ("password: env:TEAMS_SYNC1_PASSWORD", "password: file:sync1.password"),
      ("      client_secret: env:TEAMS_WRITE_SECRET", "      client_secret: file:write.secret"),
      ("# refresh: 20s", "refresh: 5s"))
  }
  private static let makeFilesWrong: @Sendable (String) throws -> Void = { folder in
    for name in ["sync1.password", "write.secret"] {
      try "not it".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }
  }

  @Test func refusedSignInsAreRedAndGreenAgain() async throws {
    try await Journey.run(
      awaitReady: false, config: Self.withFiles, prepare: Self.makeFilesWrong
    ) { journey in
      let graph = journey.company.graph
      let password = try #require(journey.environment["TEAMS_SYNC1_PASSWORD"])
      let writing = try #require(journey.environment["TEAMS_WRITE_CLIENT_ID"])
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("")
        try await browser.sees("teams · reading sign-in \(Self.first)", in: ".attention")
        try await browser.sees("AADSTS7000215", in: ".attention")
        try await browser.sees("AADSTS50126: wrong user or password", in: ".attention")
        try await browser.sees("What to do: enter the password again", in: ".attention")
        // Corrected here, they are noticed.
        try journey.write(password, to: "sync1.password")
        try journey.write(try #require(journey.environment["TEAMS_WRITE_SECRET"]), to: "write.secret")
        try await browser.sees("Everything works", in: "h1", within: 60)

        // Changed by somebody at Microsoft, and changed back, nobody but them can know.
        graph.changePassword(of: Self.first, to: "another")
        graph.inject(.revokeTokens)
        try await browser.sees("AADSTS50126: wrong user or password", in: ".attention", within: 60)
        try await browser.click("Accounts", role: "link")
        try await browser.sees("AADSTS50126: wrong user or password", in: "[data-key='teams \(Self.first)']")
        graph.changePassword(of: Self.first, to: password)
        try await browser.click("Try again now")
        try await browser.sees("signed in", in: "[data-key='teams \(Self.first)']")
        try await browser.click("Overview", role: "link")
        try await browser.sees("Everything works", in: "h1")

        graph.inject(.expireSecret(app: writing))
        graph.inject(.revokeTokens)
        await journey.company.pbx.startCall(person: 1)
        try await browser.sees("teams · writing sign-in", in: ".attention", within: 60)
        try await browser.sees("client secret expired", in: ".attention")
        try await browser.sees("create a new client secret", in: ".attention")
        graph.inject(.replaceSecret(app: writing, secret: "brand new"))
        try journey.write("brand new", to: "write.secret")
        #expect(await journey.gateway.reload() == .unchanged)
        try await browser.sees("Everything works", in: "h1")
      }
    }
  }

  @Test func aDeafPBXAndRefusedSubscriptionsAreRedAndGreenAgain() async throws {
    try await Journey.run { journey in
      let (graph, pbx) = (journey.company.graph, journey.company.pbx)
      try await Browser.run(port: journey.adminPort) { browser in
        try await browser.open("")
        try await browser.sees("Everything works", in: "h1")

        var down = PBXFaults()
        down.hanging = true
        await pbx.setFaults(of: "pbx", down)
        await pbx.dropConnections(of: "pbx")
        try await browser.sees("pbx · login pbx", in: ".attention")
        try await browser.sees("The PBX dials again by itself", in: ".attention")
        await pbx.setFaults(of: "pbx", PBXFaults())
        try await browser.sees("Everything works", in: "h1", within: 60)

        graph.inject(.fail(next: 1000, status: 403, area: .subscriptions))
        graph.sendLifecycle(.subscriptionRemoved)
        try await browser.sees("teams · subscriptions", in: ".attention", within: 60)
        try await browser.sees("5 of 5 people are polled", in: ".attention")
        graph.clearFaults()
        try await browser.click("Try again now")
        try await browser.sees("Everything works", in: "h1")
        try await browser.sees("5 people", in: "[aria-labelledby=plugin-teams]")
      }
    }
  }
}
