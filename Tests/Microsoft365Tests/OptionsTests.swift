// The options: defaults, every refusal word by word, and what the README must list.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite struct OptionsTests {
  static func read(
    _ sections: [String: ConfigValue], publicURL: String? = "https://gateway.example.com"
  ) -> (Options, [String]) {
    var sections = sections
    if sections["tenant"] == nil { sections["tenant"] = .scalar(FakeGraph.tenant) }
    let config = TestConfig(.mapping(sections))
    let options = Options(config: config.section, id: "teams", publicURL: publicURL)
    return (options, config.errors)
  }

  @Test func defaults() throws {
    let (options, errors) = Self.read(["read": FakeGraph.readSection(), "write": FakeGraph.writeSection])
    #expect(errors == [])
    #expect(options.cloud == .global)
    #expect(options.trustFile == nil)
    #expect(options.directoryRefresh == .seconds(20))
    #expect(options.directoryRelist == .seconds(3600))
    #expect(
      options.teamsPlans == ["57ff2da0-773e-42df-b2af-ffb7a2317929", "304767db-7d23-49e8-a945-4a7eb65f9f28"])
    let read = try #require(options.read)
    #expect(read.pushes)
    #expect(read.notificationURL == "https://gateway.example.com/teams/subscriptions")
    #expect(read.notificationPath == "/teams/subscriptions")
    #expect(read.renewEvery == .seconds(600))
    #expect(read.pollInterval == .seconds(300))
    #expect(read.fallbackInterval == .seconds(20))
    let write = try #require(options.write)
    #expect(write.callLease == .seconds(600))
    #expect(options.requestsPer30Seconds == 1500)
    #expect(write.manner == TeamsState.Manner())
    #expect(!write.restoreManual)
    #expect(write.maxConcurrent == 8)
  }

  @Test func theVendorsAddressAndAnyOtherPathWork() {
    for (url, path) in [
      (
        "https://public.dns/contoso.example/microsoft365/subscriptions",
        "/contoso.example/microsoft365/subscriptions"
      ),
      ("https://public.dns:8443/hook?key=1", "/hook"), ("https://public.dns", "/"),
    ] {
      let (options, errors) = Self.read(["read": FakeGraph.readSection(["notification_url": .scalar(url)])])
      #expect(errors == [])
      #expect(options.read?.notificationPath == path)
      #expect(options.read?.notificationURL == url)
    }
  }

  @Test func clouds() {
    let words: [(String, Cloud)] = [("global", .global), ("usgov", .usgov), ("dod", .dod)]
    for (word, cloud) in words {
      let (options, errors) = Self.read(["cloud": .scalar(word), "write": FakeGraph.writeSection])
      #expect(errors == [] && options.cloud == cloud)
    }
    let own: ConfigValue = ["login": "https://localhost:1/", "graph": "https://localhost:2"]
    let (options, errors) = Self.read(["cloud": own, "write": FakeGraph.writeSection])
    #expect(errors == [])
    #expect(options.cloud.login == "https://localhost:1")
    #expect(options.cloud.graph == "https://localhost:2")
    #expect(options.cloud.pushesPresence)
    let gov: ConfigValue = [
      "login": "https://login.microsoftonline.us", "graph": "https://dod-graph.microsoft.us",
    ]
    #expect(Self.read(["cloud": gov, "write": FakeGraph.writeSection]).0.cloud == .dod)
  }

  @Test func anAccountWithoutANameIsLeftOut() throws {
    let accounts: ConfigValue = [
      ["username": "", "password": "env:a"], ["username": "sync2@x.example", "password": "env:b"],
    ]
    let (options, errors) = Self.read(["read": FakeGraph.readSection(["accounts": accounts])])
    #expect(errors == [])
    #expect(options.read?.accounts.map(\.username) == ["sync2@x.example"])
  }

  @Test func autoDecidesByWhatIsThere() {
    func mode(
      _ more: [String: ConfigValue], accounts: [String] = ["a@x.example"], cloud: String = "global",
      publicURL: String? = "https://gateway.example.com"
    ) -> (Bool?, String?, [String]) {
      var more = more
      more["mode"] = "auto"
      let (options, errors) = Self.read(
        ["cloud": .scalar(cloud), "read": FakeGraph.readSection(more, accounts: accounts)],
        publicURL: publicURL)
      return (options.read?.pushes, options.read?.modeReason, errors)
    }
    #expect(mode([:]) == (true, "mode: auto", []))
    let secret: [String: ConfigValue] = ["client_secret": "env:s"]
    #expect(
      mode(secret, accounts: [])
        == (true, "mode: auto", []), "accounts may come while the gateway runs")
    #expect(mode([:], cloud: "usgov") == (false, "this cloud does not push presence", []))
    #expect(
      mode([:], publicURL: nil)
        == (false, "there is no public address", []))
    #expect(
      mode([:], accounts: []).2 == [
        "read.client_secret: is missing: polling needs it, or a certificate, or an account"
      ])
  }

  static let refusals: [([String: ConfigValue], [String])] = [
    ([:], [": needs read, write or both"]),
    (["tenant": "", "write": FakeGraph.writeSection], ["tenant: is missing"]),
    (
      ["write": ["client_id": "x"]],
      ["write.client_secret: is missing: give client_secret, or certificate and key"]
    ),
    (
      ["write": ["client_id": "x", "client_secret": "env:s", "certificate": "c.pem"]],
      ["write.certificate: stands beside client_secret: give exactly one of them"]
    ),
    (
      [
        "write": [
          "client_id": "x", "client_secret": "env:s", "key": "k.pem", "client_secret_expires": "soon",
        ]
      ],
      [
        "write.key: needs `certificate` beside it",
        "write.client_secret_expires: must be a date such as 2027-01-31, is soon",
      ]
    ),
    (
      [
        "write": ["client_id": "x", "certificate": "c.pem", "client_secret_expires": "2027-01-31"]
      ], ["write.client_secret_expires: needs `client_secret` beside it"]
    ),
    (
      [
        "read": FakeGraph.readSection([
          "accounts": [
            ["username": "a@x.example", "sign_in": "device_code", "password": "env:p"],
            ["username": "b@x.example", "sign_in": "device_code"],
          ]
        ])
      ], ["read.accounts[0].password: is not used with `sign_in: device_code`: leave it out"]
    ),
    (
      ["write": ["client_id": "x", "client_secret": "env:s", "call_lease": "1min", "max_concurrent": "99"]],
      ["write.call_lease: must be 5min…4h, is 1min", "write.max_concurrent: must be 1…64, is 99"]
    ),
    (
      ["write": ["client_id": "x", "client_secret": "env:s", "states": "prefered"]],
      ["write.states: must be preferred, session, is prefered (did you mean \"preferred\"?)"]
    ),
    (
      [
        "read": FakeGraph.readSection(
          accounts: ["a@x.example", "b@x.example", "A@X.example", "b@x.example"])
      ],
      [
        "read.accounts[2].username: is there twice, as a@x.example: list each account once",
        "read.accounts[3].username: is there twice, as b@x.example: list each account once",
      ]
    ),
    (
      ["read": FakeGraph.readSection(["accounts": [["username": "a@x.example"]]])],
      [
        "read.accounts[0].password: is missing; or write `sign_in: device_code`"
      ]
    ),
    (
      ["read": FakeGraph.readSection(["notification_url": "http://plain.example/x"])],
      [
        "read.notification_url: must begin with https:// (Microsoft posts nowhere else), is http://plain.example/x"
      ]
    ),
    (
      ["cloud": "usgov", "read": FakeGraph.readSection()],
      ["read.mode: this cloud does not push presence: write `mode: poll`"]
    ),
    (
      ["cloud": ["login": "https://l.example"], "write": FakeGraph.writeSection],
      ["cloud.graph: is missing: write both login and graph"]
    ),
    (
      ["users": ["hints": "true"], "read": PollTests.pollSection],
      ["users.hints: needs a `read` section that is pushed to: leave it out"]
    ),
    (
      ["users": ["service_plans": ["teams"]], "write": FakeGraph.writeSection],
      ["users.service_plans: must be service plan ids (GUIDs), has teams"]
    ),
  ]
  @Test(arguments: refusals) func refusalsWordByWord(_ sections: [String: ConfigValue], _ errors: [String]) {
    #expect(Self.read(sections).1 == errors)
  }

  @Test func subscribingNeedsAPublicAddress() {
    let (_, errors) = Self.read(["read": FakeGraph.readSection()], publicURL: nil)
    #expect(
      errors == [
        "read.notification_url: is missing: set it, or gateway.public.url, to what Microsoft reaches"
      ])
  }

  @Test func theREADMEListsChecksAndSections() throws {
    let readme = try README.text()
    for check in [
      "accounts", "reading sign-in", "writing sign-in", "reading credential", "writing credential", "users",
      "subscriptions", "webhook", "polling", "reading", "writing`", "clock", "user groups", "user hints",
    ] { #expect(readme.contains("`\(check)"), "check \(check)") }
    for section in [
      "What it does", "Set-up", "Sign-in", "Options", "Metrics", "Checks", "Limits and known gaps",
    ] { #expect(readme.contains("\n## \(section)\n"), "section \(section)") }
  }
}
