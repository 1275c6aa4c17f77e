// Patterns, filters and rules as administrators write them.

import PluginAPI
import Testing

@testable import Gateway

struct RouteFilterTests {
  @Test(arguments: [
    ("*lunch*", "Off to LUNCH, back soon", true), ("*lunch*", "lunc", false), ("*", "", true), ("", "", true),
    ("", "a", false), ("?at", "cat", true), ("?at", "at", false), ("a*b*c", "aXXbYYc", true),
    ("a*b*c", "acb", false), ("*@contoso.example", "ada@Contoso.example", true), ("ä*", "Ärztin", true),
    ("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
  ]) func patterns(_ pattern: String, _ text: String, _ fits: Bool) {
    #expect(GlobPattern(pattern).matches(text) == fits)
  }

  @Test func aPersonFitsByAnyOfTheirUsers() {
    let ada = [
      DirectoryUser(
        id: "t1", displayName: "Ada Lovelace", identities: [Identity(.email, "ada@contoso.example")],
        groups: ["Sales"]),
      DirectoryUser(id: "p1", displayName: "ada", identities: [Identity(.number, "4711")]),
    ]
    func fits(groups: [String] = [], people: [String] = []) -> Bool {
      PeopleFilter(groups: groups, people: people).fits(ada)
    }
    #expect(fits(groups: ["sales"]) && !fits(groups: ["support"]))
    #expect(fits(people: ["47*"]) && fits(people: ["p1"]) && fits(people: ["*love*"]))
    #expect(fits(people: ["ADA@*"]) && !fits(people: ["bob@*", "48*"]))
    #expect(fits(groups: ["support"], people: ["t1"]), "either is enough")
  }

  private func rule(_ when: RouteRule.Condition, _ then: RouteRule.Change) -> RouteRule {
    RouteRule(when: when, then: then)
  }

  @Test func aRuleFitsWhenAllOfItDoes() {
    let lunch = Presence(.busy, call: .connected, note: Note("gone for lunch"))
    var when = RouteRule.Condition()
    when.availability = [.busy, .away]
    when.call = [.connected]
    when.note = [GlobPattern("*lunch*")]
    when.activity = [nil]
    #expect(when.fits(lunch))
    var other = lunch
    other.availability = .available
    #expect(!when.fits(other))
    other = lunch
    other.call = .none
    #expect(!when.fits(other))
    other = lunch
    other.note = nil
    #expect(!when.fits(other))
    other = lunch
    other.activity = .inMeeting
    #expect(!when.fits(other))
  }

  @Test func aRuleChangesWhatItNames() {
    let said = Presence(.busy, .inMeeting, call: .connected, note: Note("plan"))
    let all = RouteRule.Condition()
    func apply(_ change: RouteRule.Change) -> Presence? { rule(all, change).apply(said) }
    #expect(apply(.ignore) == .available)
    #expect(
      apply(.word(.status(.away, .lunch))) == Presence(.away, .lunch, call: .connected, note: Note("plan")))
    #expect(
      apply(.word(.call(.ringing, .inCall))) == Presence(.busy, .inCall, call: .ringing, note: Note("plan")))
    #expect(
      apply(.facets(.init(availability: .away)))
        == Presence(.away, .inMeeting, call: .connected, note: Note("plan")))
    #expect(
      apply(.facets(.init(activity: .some(nil), call: CallState.none, note: .some(nil)))) == Presence(.busy))
    var never = all
    never.call = [CallState.none]
    #expect(rule(never, .ignore).apply(said) == nil)
  }
}
