// The file of `people.overrides`: read with places, applied before the rules.

import FoundationEssentials
import PluginAPI
import Testing

@testable import Gateway

struct PeopleOverridesTests {
  private static func read(_ text: String) throws -> (PeopleOverrides, [String]) {
    let path =
      FileManager.default.temporaryDirectory.path + "/overrides-\(UInt64.random(in: 0...UInt64.max)).csv"
    try Data(text.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var problems: [String] = []
    let overrides = PeopleOverrides.read(path, plugins: ["pbx", "teams"]) { problem in
      problems.append("\(problem.line):\(problem.column): \(problem.message)")
    }
    return (overrides, problems)
  }

  @Test func aFileAsASpreadsheetWritesIt() throws {
    let text =
      "\u{FEFF}teams;PBX;action;reason\r\n# Ada has two names\r\nada@x ; \"ada; \"\"l\"\"\";match;\r\n\r\nbob@x;;Exclude;left\r\n;carl;exclude\r\n"
    let (overrides, problems) = try Self.read(text)
    #expect(problems == [])
    #expect(
      overrides.rows == [
        .init(
          line: 3, users: [.init(plugin: "teams", user: "ada@x"), .init(plugin: "pbx", user: "ada; \"l\"")],
          action: .match),
        .init(line: 5, users: [.init(plugin: "teams", user: "bob@x")], action: .exclude(reason: "left")),
        .init(
          line: 6, users: [.init(plugin: "pbx", user: "carl")],
          action: .exclude(reason: "excluded by line 6 of people.overrides")),
      ])
  }

  @Test(arguments: [
    ("", ["1:1: is empty: the first line names the columns, such as pbx,teams,action,reason"]),
    (
      "a,b\n",
      [
        "1:1: column \"a\" is none of pbx, teams, action, reason",
        "1:3: column \"b\" is none of pbx, teams, action, reason",
      ]
    ),
    (
      "teams,pbx,acton\n",
      ["1:11: column \"acton\" is none of pbx, teams, action, reason (did you mean \"action\"?)"]
    ),
    ("teams,action,Teams\n", ["1:14: column \"Teams\" is there twice"]),
    ("teams,pbx\n", ["1:1: the first line names the columns, such as pbx,teams,action,reason"]),
    (
      "teams,pbx,action\na,b,mach\n",
      ["2:5: action must be match or exclude, is mach (did you mean \"match\"?)"]
    ),
    ("teams,pbx,action\na,b\n", ["2:1: has no action: match or exclude"]),
    (
      "teams,pbx,action\na,,match\n,,exclude\n",
      ["2:1: match needs a user of two plugins at least", "3:1: exclude needs a user"]
    ),
    ("teams,pbx,action\na,b,match\nA,c,match\n", ["3:1: A is named in line 2 already"]),
    ("teams,action\na,exclude,x,y\n", ["2:11: has more fields than there are columns (2)"]),
    ("teams,action\n\"a\" b,exclude\n", ["2:5: after a closing quote the field must end"]),
    ("teams,action\nx,\"exclude\n", ["2:3: this quote is never closed"]),
  ]) func whatIsWrongIsToldWithItsPlace(_ text: String, _ expected: [String]) throws {
    #expect(try Self.read(text).1 == expected)
  }

  @Test func anUnreadableFileIsAMistakeOfTheConfiguration() {
    let loaded = ConfigTest.load(
      """
      plugins:
        chat: { type: chat, tenant: a, token: env:TOKEN, write: { client_id: w } }
        door: { type: lamp }
      people: { overrides: /nowhere/people.csv }
      routes:
        - { from: chat, to: door }
      """)
    #expect(
      loaded.errors.map(\.description) == [
        "/nowhere/people.csv:1:1: file /nowhere/people.csv cannot be read: No such file or directory"
      ])
  }

  // MARK: Matching

  private func user(_ id: UserID, _ email: String, _ standing: DirectoryUser.Standing = .active)
    -> DirectoryUser
  {
    DirectoryUser(id: id, displayName: "\(id)", identities: [Identity(.email, email)], standing: standing)
  }
  private func match(_ rows: [PeopleOverrides.Row]) -> PeopleIndex {
    let teams = [user("t1", "a@x"), user("t2", "b@x"), user("t3", "c@x"), user("t4", "c@x")]
    let pbx = [user("p1", "a@x"), user("p2", "b@x"), user("p3", "off@x", .excluded(reason: "no phone"))]
    return PeopleMatcher(rules: [.email], overrides: .init(rows: rows), plugins: ["teams", "pbx"]).match(
      [teams, pbx].map { KnownUsers(uniqueKeysWithValues: $0.map { ($0.id, $0) }) })
  }
  private func row(_ teams: String?, _ pbx: String?, _ action: PeopleOverrides.Action) -> PeopleOverrides.Row
  {
    .init(
      line: 7,
      users: [teams.map { .init(plugin: "teams", user: $0) }, pbx.map { .init(plugin: "pbx", user: $0) }]
        .compactMap { $0 }, action: action)
  }

  @Test func anOverrideComesBeforeTheRules() {
    let index = match([row("T1", nil, .match), row("A@x", "p2", .match)])
    #expect(index.people.map(\.users) == [["t1", "p2"]])
    #expect(index.standings[1]["p1"] == .unmatched)
    #expect(index.idleOverrides == ["line 7: teams has no active user T1"])
  }

  @Test func whoIsExcludedHasTheReason() {
    let index = match([row("t1", nil, .exclude(reason: "on leave"))])
    #expect(index.standings[0]["t1"] == .excluded(reason: "on leave"))
    #expect(index.standings[1]["p1"] == .unmatched)
    #expect(index.people.map(\.users) == [["t2", "p2"]])
  }

  @Test func nobodyIsGuessed() {
    let index = match([row("c@x", "p1", .match), row("t2", "p3", .match)])
    #expect(
      index.idleOverrides == [
        "line 7: 2 users of teams are called c@x", "line 7: pbx has no active user p3",
      ])
    #expect(index.people.map(\.users) == [["t1", "p1"], ["t2", "p2"]], "the rules decide then")
  }
}
