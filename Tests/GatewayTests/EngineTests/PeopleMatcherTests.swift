// Who is who: rules in order, nobody guessed, everybody in exactly one standing, each with its reason.

import PluginAPI
import Testing

import struct PluginTestKit.SplitMix64

@testable import Gateway

struct PeopleMatcherTests {
  private func user(
    _ id: UserID, email: [String] = [], upn: String? = nil, number: String? = nil,
    standing: DirectoryUser.Standing = .active
  ) -> DirectoryUser {
    let others = [upn.map { Identity(.upn, $0) }, number.map { Identity(.number, $0) }].compactMap { $0 }
    let identities = email.map { Identity(.email, $0) } + others
    return DirectoryUser(id: id, displayName: "name of \(id)", identities: identities, standing: standing)
  }
  private func match(_ rules: [IdentityKind] = [.email, .upn], _ directories: [DirectoryUser]...)
    -> PeopleIndex
  {
    PeopleMatcher(rules: rules).match(
      directories.map { KnownUsers(uniqueKeysWithValues: $0.map { ($0.id, $0) }) })
  }
  private func pairs(_ index: PeopleIndex) -> [[UserID?]] { index.people.map(\.users) }

  @Test func sameAddressIsSamePersonWhateverTheCase() {
    let index = match(
      [.email], [user("t1", email: ["Ann@Example.com"])], [user("p1", email: ["ann@example.COM"])])
    #expect(index.people == [.init(name: "name of t1", users: ["t1", "p1"])])
    #expect(index.standings == [["t1": .matched(0)], ["p1": .matched(0)]])
  }

  @Test func anEarlierRuleWins() {
    let teams = [user("t1", email: ["a@x"], number: "1"), user("t2", email: ["b@x"], number: "2")]
    let pbx = [user("p1", email: ["a@x"], number: "2"), user("p2", email: ["z@x"], number: "1")]
    #expect(pairs(match([.email, .number], teams, pbx)) == [["t1", "p1"]])
    #expect(pairs(match([.number, .email], teams, pbx)) == [["t1", "p2"], ["t2", "p1"]])
  }

  @Test func aUserPrincipalNameMatchesAnAddressOfTheOtherSide() {
    let teams = [user("t1", email: ["ann.smith@example.com"], upn: "asmith@example.com")]
    let pbx = [user("p1", email: ["asmith@example.com"])]
    #expect(pairs(match([.email], teams, pbx)) == [])
    #expect(pairs(match([.upn], teams, pbx)) == [["t1", "p1"]])
  }

  @Test func twoCandidatesAreNeverGuessed() {
    let index = match(
      [.email, .upn], [user("t1", email: ["a@x"], upn: "t1@x")],
      [user("p1", email: ["a@x"]), user("p2", email: ["a@x"], upn: "t1@x")])
    let reason = PeopleIndex.Standing.ambiguous(reason: "3 users share the email a@x")
    #expect(index.people == [])
    // The second rule alone would have found p2.
    #expect(index.standings == [["t1": reason], ["p1": reason, "p2": reason]])
  }

  @Test func twoAddressesThatLeadToTwoPeopleAreNotGuessedEither() {
    let index = match(
      [.email], [user("t1", email: ["a@x", "b@x"])], [user("p1", email: ["a@x"]), user("p2", email: ["b@x"])])
    let reason = PeopleIndex.Standing.ambiguous(reason: "3 users are linked by more than one email: a@x, b@x")
    #expect(index.standings == [["t1": reason], ["p1": reason, "p2": reason]])
  }

  @Test func anAddressSharedInsideOnePluginAloneHarmsNobody() {
    let index = match(
      [.email], [user("t1", email: ["info@x", "a@x"]), user("t2", email: ["info@x"])],
      [user("p1", email: ["a@x"])])
    #expect(pairs(index) == [["t1", "p1"]])
    #expect(index.standings[0]["t2"] == .unmatched)
  }

  @Test func oneRuleJoinsThreeSystemsThroughTheOneInTheMiddle() {
    let index = match(
      [.email], [user("a1", email: ["a@x"])], [user("b1", email: ["a@x", "b@x"])],
      [user("c1", email: ["b@x"])])
    #expect(pairs(index) == [["a1", "b1", "c1"]])
  }

  @Test func aLaterRuleAddsTheThirdSystem() {
    let index = match(
      [.email, .number], [user("a1", email: ["a@x"]), user("a2", email: ["b@x"])],
      [user("b1", email: ["a@x"], number: "11"), user("b2", email: ["b@x"], number: "12")],
      [user("c1", number: "12"), user("c2", number: "13"), user("c3", number: "11")])
    #expect(pairs(index) == [["a1", "b1", "c3"], ["a2", "b2", "c1"]])
    #expect(index.standings[2]["c2"] == .unmatched)
    #expect(index.standings[2]["c3"] == .matched(0))
  }

  @Test func aLaterRuleNeverGuessesWhomToAdd() {
    let index = match(
      [.email, .number], [user("a1", email: ["a@x"])],
      [user("b1", email: ["a@x"], number: "11"), user("b2", number: "12")],
      [user("c1", number: "11"), user("c2", number: "11"), user("c3", number: "12")])
    let reason = PeopleIndex.Standing.ambiguous(reason: "3 users share the number 11")
    #expect(index.standings[2] == ["c1": reason, "c2": reason, "c3": .matched(1)])
    #expect(pairs(index) == [["a1", "b1", nil], [nil, "b2", "c3"]])
  }

  @Test func whoeverIsLeftOutHasAReasonAndIsNobodysCandidate() {
    let index = match(
      [.email],
      [
        user("t1", email: ["a@x"], standing: .unlicensed(reason: "no Teams licence")),
        user("t2", email: ["b@x"], standing: .excluded(reason: "disabled")), user("t3", email: ["c@x"]),
        user("t4", email: ["c@x"], standing: .excluded(reason: "guest")), user("t5"),
      ], [user("p1", email: ["a@x"]), user("p2", email: ["b@x"]), user("p3", email: ["c@x"])])
    #expect(
      index.standings[0] == [
        "t1": .unlicensed(reason: "no Teams licence"), "t2": .excluded(reason: "disabled"), "t3": .matched(0),
        "t4": .excluded(reason: "guest"), "t5": .unmatched,
      ])
    #expect(index.standings[1] == ["p1": .unmatched, "p2": .unmatched, "p3": .matched(0)])
  }

  @Test func emptyIdentitiesMatchNobody() {
    let index = match([.email], [user("t1", email: [""])], [user("p1", email: [""])])
    #expect(index.standings == [["t1": .unmatched], ["p1": .unmatched]])
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func everyUserIsInExactlyOneStandingAndTheOutcomeIsTheSameTwice(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let directories = ["t", "p", "q"].map { prefix in
      (0..<random.int(0...12)).map { number in
        user(
          UserID("\(prefix)\(number)"), email: (0..<random.int(0...2)).map { _ in "\(random.int(0...9))@x" },
          upn: random.chance(0.5) ? "\(random.int(0...9))@x" : nil)
      }
    }
    let index = match([.email, .upn], directories[0], directories[1], directories[2])
    #expect(
      index == match([.email, .upn], directories[0].reversed(), directories[1].reversed(), directories[2]))
    var wrong: [String] = []
    for (plugin, users) in directories.enumerated() {
      if Set(index.standings[plugin].keys) != Set(users.map(\.id)) { wrong.append("plugin \(plugin)") }
      for (id, standing) in index.standings[plugin] {
        if case .matched(let person) = standing, index.people[person].users[plugin] != id {
          wrong.append("\(id)")
        }
      }
    }
    for (number, person) in index.people.enumerated() {
      if person.users.compactMap({ $0 }).count < 2 { wrong.append("person \(number) is alone") }
      for (plugin, user) in person.users.enumerated() {
        if let user, index.standings[plugin][user] != .matched(number) {
          wrong.append("\(user) of \(number)")
        }
      }
    }
    #expect(wrong == [])
  }
}
