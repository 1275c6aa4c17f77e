// Several routes end in one sink: which of them is seen there.

import PluginAPI
import Testing

@testable import Gateway

struct MergeTests {
  private func merge(_ contributions: (Presence, priority: Int)...) -> Presence? {
    let rule = Merge.busiest
    return rule(contributions.map { Contribution(presence: $0.0, priority: $0.priority) })
  }

  @Test func nobodyContributesNothing() { #expect(merge() == nil) }

  @Test(arguments: [
    (Presence.doNotDisturb, Presence.busy), (.busy, .away), (.away, .available),
    (.available, Presence(.offline)),
    (Presence(.offline), Presence(.unknown)),
  ])
  func theBusierWinsInEitherOrder(_ busier: Presence, _ freer: Presence) {
    #expect(merge((busier, 0), (freer, 9)) == busier)
    #expect(merge((freer, 9), (busier, 0)) == busier)
  }

  @Test func ofEqualsTheHigherPriorityWinsAndThenTheFirst() {
    let (meeting, focusing) = (Presence(.busy, .inMeeting), Presence(.busy, .focusing))
    #expect(merge((meeting, 1), (focusing, 2)) == focusing)
    #expect(merge((meeting, 2), (focusing, 1)) == meeting)
    #expect(merge((meeting, 1), (focusing, 1)) == meeting)
  }

  @Test func aCallIsSeenWhoeverHasIt() {
    let ringing = Presence(.available, call: .ringing)
    #expect(merge((.doNotDisturb, 0), (.calling, 0)) == Presence(.doNotDisturb, call: .connected))
    #expect(merge((ringing, 0), (Presence(.away, call: .onHold), 0)) == Presence(.away, call: .onHold))
    #expect(merge((ringing, 0), (.away, 0)) == Presence(.away, call: .ringing))
  }

  @Test func theNoteOfTheWinnerIsKept() {
    let noted = Presence(.busy, .appointment, note: Note("back at three"))
    #expect(merge((.available, 0), (noted, 0)) == noted)
  }

  @Test func thePriorityDecidesWhenItIsToldTo() {
    func merge(_ contributions: Contribution...) -> Presence? {
      let rule = Merge.priority
      return rule(contributions)
    }
    let (low, high) = (
      Contribution(presence: .calling, priority: 1), Contribution(presence: .away, priority: 2)
    )
    #expect(merge(low, high) == Presence(.away, call: .connected), "a call is a facet of its own")
    #expect(merge(high, low) == Presence(.away, call: .connected))
    let unsure = Contribution(presence: Presence(.unknown), priority: 9)
    #expect(merge(unsure, high) == .away && merge(high, unsure) == .away)
    #expect(
      merge(Contribution(presence: .away, priority: 1), Contribution(presence: .busy, priority: 1)) == .busy)
  }

  @Test func theLatestDecidesWhenItIsToldTo() {
    func merge(_ contributions: Contribution...) -> Presence? {
      let rule = Merge.latest
      return rule(contributions)
    }
    let old = Contribution(presence: .doNotDisturb, priority: 9, since: .second(1))
    let new = Contribution(presence: .available, priority: 0, since: .second(2))
    #expect(merge(old, new) == .available && merge(new, old) == .available)
    let calling = Contribution(presence: .calling, priority: 0, since: .second(0))
    #expect(merge(calling, new) == Presence(.available, call: .connected))
  }
}
