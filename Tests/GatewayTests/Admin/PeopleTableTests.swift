// The table of everybody: found by any word, in order, and quick at 100,000.

import PluginAPI
import Testing

@testable import Gateway

@Suite struct PeopleTableTests {
  private static func user(
    _ id: String, _ name: String, _ email: String, standing: DirectoryUser.Standing = .active
  )
    -> DirectoryUser
  {
    DirectoryUser(
      id: UserID(id), displayName: name, identities: [Identity(.email, email), Identity(.name, name)],
      standing: standing)
  }
  private static func table(_ directories: [[DirectoryUser]]) -> PeopleTable {
    let directories = directories.map { KnownUsers(uniqueKeysWithValues: $0.map { ($0.id, $0) }) }
    return PeopleTable(PeopleMatcher(rules: [.email]).match(directories), directories)
  }
  private let small = table([
    [
      user("t1", "Zoë Quandt", "zoe@contoso.example"), user("t2", "ada adler", "ada@contoso.example"),
      user("t3", "Bob Unlicensed", "bob@contoso.example", standing: .unlicensed(reason: "no Teams")),
    ],
    [
      user("p1", "Zoë", "ZOE@contoso.example"), user("p2", "Ada", "ada@contoso.example"),
      user("p3", "Carl", "carl@contoso.example"), user("p4", "Twin", "twin@contoso.example"),
    ],
  ])

  private func names(_ search: String?, _ standing: PeopleTable.Standing? = nil) -> [String] {
    small.find(search) { standing == nil || $0.standing == standing }.map { small.rows[$0].name }
  }

  @Test func everybodyStandsOnceInTheOrderOfNames() {
    #expect(names(nil) == ["ada adler", "Bob Unlicensed", "Carl", "Twin", "Zoë Quandt"])
    #expect(small.rows.map(\.standing) == [.matched, .unlicensed, .unmatched, .unmatched, .matched])
    #expect(small.rows[1].reason == "no Teams")
    #expect(small.rows[0].users == ["t2", "p2"])
  }

  @Test func allWordsMustStandSomewhere() {
    #expect(names("ADA") == ["ada adler"])
    #expect(names("contoso qua") == ["Zoë Quandt"])
    #expect(names("ZOË") == ["Zoë Quandt"])
    #expect(names("p3") == ["Carl"])
    #expect(names("ada zoe") == [])
    #expect(names("  ") == names(nil))
    #expect(names(nil, .unmatched) == ["Carl", "Twin"])
  }

  @Test func aHundredThousandAreSearchedWhileOneTypes() {
    let count = 100_000
    let teams = (0..<count).map { Self.user("t\($0)", "Person \($0) Example", "person\($0)@contoso.example") }
    let pbx = (0..<count).map { Self.user("p\($0)", "Person \($0)", "person\($0)@contoso.example") }
    let clock = ContinuousClock()
    var table: PeopleTable?
    let matching = clock.measure { table = Self.table([teams, pbx]) }
    var found = 0
    let search = clock.measure { found = table?.find("person99999") { _ in true }.count ?? 0 }
    let nothing = clock.measure { found += table?.find("nobody at all") { _ in true }.count ?? 0 }
    print("people table at \(count): made with matching in \(matching), searched in \(search) and \(nothing)")
    #expect(found == 1)
    #expect(table?.rows.count == count)
    // Far above what it takes, for slow machines and builds without optimisation.
    #expect(search < .seconds(5))
  }
}

@Suite struct PeopleCSVTests {
  @Test func cellsAreQuotedAndFormulasDisarmed() {
    #expect(PeopleCSV.cell("plain") == "plain")
    #expect(PeopleCSV.cell("a,b") == "\"a,b\"")
    #expect(PeopleCSV.cell("say \"x\"") == "\"say \"\"x\"\"\"")
    #expect(PeopleCSV.cell("two\nlines") == "\"two\nlines\"")
    for text in ["=1+1", "+1", "-1", "@x", "\tx"] { #expect(PeopleCSV.cell(text) == "'" + text) }
  }
}

@Suite struct FlowSeriesTests {
  private func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: 0) + .seconds(seconds) }

  @Test func countsFallIntoTheirTenSeconds() {
    var series = FlowSeries()
    for second in [1000, 1001, 1011, 1012, 1013] as [Int64] { series.record(now: at(second)) }
    #expect(series.values(now: at(1019)).suffix(3) == [0, 2, 3])
    #expect(series.perMinute(now: at(1019)) == 2)
    #expect(series.perMinute(now: at(1020)) == 5)
    #expect(series.perMinute(now: at(1085)) == 0)
    #expect(series.values(now: at(1019 + 600)).allSatisfy { $0 == 0 })
    #expect(series.values(now: at(100_000)).count == 60)
  }
}
