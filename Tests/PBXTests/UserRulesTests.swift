// Who takes part and the reason why somebody does not: the administrator reads these sentences.

import PluginAPI
import Testing

@testable import PBX

@Suite struct UserRulesTests {
  struct Case: Sendable {
    let name: String
    var rules = UserRules()
    let row: String
    var licence: LicenceAnswer?
    let standing: DirectoryUser.Standing
  }

  static let licensed = UserRules(license: "App(x)")
  static let cases = [
    Case(name: "a user", row: #""h323":"a""#, standing: .active),
    Case(name: "an executive", row: #""h323":"a","pseudo":"executive""#, standing: .active),
    Case(
      name: "a waiting queue", row: #""h323":"a","pseudo":"waiting""#,
      standing: .excluded(reason: "is no user in the PBX but of type waiting")),
    Case(
      name: "a gateway, as an object", row: #""h323":"a","pseudo":{"type":"gw"}"#,
      standing: .excluded(reason: "is no user in the PBX but of type gw")),
    Case(
      name: "hidden and left out", rules: UserRules(hidden: .leaveOut), row: #""h323":"a","hide":true"#,
      standing: .excluded(reason: "hidden in the PBX, and hidden_users is leave_out")),
    Case(name: "hidden and included", row: #""h323":"a","hide":true"#, standing: .active),
    Case(
      name: "no SIP name", row: #""cn":"Door""#, standing: .excluded(reason: "has no SIP name in the PBX")),
    Case(
      name: "in the group", rules: UserRules(groups: ["Support"]),
      row: #""h323":"a","grps":[{"name":"sales"},{"name":"SUPPORT","mode":"active"}]"#, standing: .active),
    Case(
      name: "in another group", rules: UserRules(groups: ["Support", "Sales"]),
      row: #""h323":"a","grps":[{"name":"Board"},7,{}]"#,
      standing: .excluded(reason: "is in none of the groups Support, Sales")),
    Case(name: "licensed", rules: licensed, row: #""h323":"a""#, licence: .licensed, standing: .active),
    Case(
      name: "without the licence", rules: licensed, row: #""h323":"a""#, licence: .missing,
      standing: .unlicensed(reason: "has no licence App(x) in the PBX")),
    Case(
      name: "not asked yet", rules: licensed, row: #""h323":"a""#,
      standing: .unlicensed(reason: "the licence App(x) has not been looked up yet")),
    Case(
      name: "the question failed", rules: licensed, row: #""h323":"a""#,
      licence: .failed("no right (error 2)"),
      standing: .unlicensed(reason: "the PBX does not tell about the licence App(x): no right (error 2)")),
  ]

  @Test(arguments: cases) func standing(_ example: Case) throws {
    let text = #"{"mt":"ReplicateAdd","columns":{"guid":"g",\#(example.row)}}"#
    let row = try #require(Incoming(Array(text.utf8))?.columns)
    var user = try #require(PBXUser(row, domain: "example.com"))
    user.licence = example.licence
    #expect(example.rules.standing(user) == example.standing, "\(example.name)")
    #expect(example.rules.directoryUser(user).groups == user.groups)
  }

  @Test func groupsArePublished() throws {
    let text =
      #"{"mt":"ReplicateAdd","columns":{"guid":"g","h323":"a","grps":[{"name":"Support"},{"name":""}]}}"#
    let row = try #require(Incoming(Array(text.utf8))?.columns)
    let user = try #require(PBXUser(row, domain: "example.com"))
    #expect(UserRules().directoryUser(user).groups == ["Support"])
  }

  @Test func onlyWhoTheLicenceDecidesAboutIsAsked() throws {
    let user = try #require(PBXUser(UserRow(guid: "g", h323: "a"), domain: "d"))
    let nameless = try #require(PBXUser(UserRow(guid: "h"), domain: "d"))
    #expect(Self.licensed.needsLicence(user))
    #expect(!Self.licensed.needsLicence(nameless))
    #expect(!UserRules().needsLicence(user))
  }
}
