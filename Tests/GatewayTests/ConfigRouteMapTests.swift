// What a route's map makes of a presence.

import Gateway
import PluginAPI
import Testing

struct ConfigRouteMapTests {
  private func apply(_ map: [String: String], _ presence: Presence) throws -> Presence {
    try #require(RouteMap(map)).apply(presence)
  }

  @Test func anEmptyMapChangesNothing() throws {
    let presence = Presence(.busy, .inMeeting, call: .connected, note: Note("in Berlin"))
    #expect(RouteMap().apply(presence) == presence)
    #expect(try apply([:], presence) == presence)
  }

  @Test func aWordBringsTheAvailabilityThatBelongsToIt() throws {
    for (word, expected) in [
      ("available", Presence(.available)), ("busy", Presence(.busy)),
      ("doNotDisturb", Presence(.doNotDisturb)),
      ("away", Presence(.away)), ("offline", Presence(.offline)), ("unknown", Presence(.unknown)),
      ("beRightBack", Presence(.away, .beRightBack)), ("lunch", Presence(.away, .lunch)),
      ("meal", Presence(.away, .meal)), ("vacation", Presence(.away, .vacation)),
      ("holiday", Presence(.away, .holiday)), ("travel", Presence(.away, .travel)),
      ("outOfOffice", Presence(.away, .outOfOffice)), ("inactive", Presence(.away, .inactive)),
      ("offWork", Presence(.offline, .offWork)), ("inMeeting", Presence(.busy, .inMeeting)),
      ("appointment", Presence(.busy, .appointment)), ("presenting", Presence(.doNotDisturb, .presenting)),
      ("focusing", Presence(.doNotDisturb, .focusing)), ("urgentOnly", Presence(.doNotDisturb, .urgentOnly)),
      ("inCall", Presence(.busy, .inCall, call: .connected)),
      ("inConferenceCall", Presence(.busy, .inConferenceCall, call: .connected)),
      ("ringing", Presence(.busy, .inCall, call: .ringing)),
      ("onHold", Presence(.busy, .inCall, call: .onHold)),
      ("connected", Presence(.busy, .inCall, call: .connected)), ("ignore", Presence(.available)),
    ] {
      #expect(try apply(["travel": word], Presence(.away, .travel)) == expected, "\(word)")
    }
  }

  @Test func theActivityIsLookedUpBeforeTheAvailability() throws {
    let map = ["lunch": "beRightBack", "away": "busy"]
    #expect(try apply(map, Presence(.away, .lunch)) == Presence(.away, .beRightBack))
    #expect(try apply(map, Presence(.away, .travel)) == Presence(.busy))
    #expect(try apply(map, Presence(.away)) == Presence(.busy))
    #expect(try apply(map, Presence(.available)) == Presence(.available))
  }

  @Test func aForeignActivityIsLookedUpByItsAvailability() throws {
    #expect(try apply(["busy": "doNotDisturb"], Presence(.busy, "brewing")) == Presence(.doNotDisturb))
  }

  @Test func whatIsBesidePasses() throws {
    let presence = Presence(.away, .lunch, call: .connected, note: Note("back at one"))
    #expect(
      try apply(["lunch": "beRightBack"], presence)
        == Presence(.away, .beRightBack, call: .connected, note: Note("back at one")))
  }

  @Test func inCallMeansEveryAnsweredCall() throws {
    let map = ["inCall": "ignore"]
    #expect(try apply(map, Presence(.busy, .inCall, call: .connected)) == Presence(.available))
    #expect(try apply(map, Presence(.away, call: .onHold)) == Presence(.away))
    #expect(try apply(map, Presence(.away, call: .ringing)) == Presence(.away, call: .ringing))
    #expect(try apply(["inCall": "busy"], Presence(.available, call: .connected)) == Presence(.busy))
  }

  @Test func aCallsOwnWordComesFirst() throws {
    let map = ["inCall": "busy", "onHold": "ignore", "ringing": "inCall"]
    #expect(try apply(map, Presence(.available, call: .onHold)) == Presence(.available))
    #expect(try apply(map, Presence(.available, call: .ringing)) == Presence(.available, call: .connected))
  }

  @Test func aCallThatBecomesBusyLiftsNoDoNotDisturb() throws {
    #expect(
      try apply(["inCall": "busy"], Presence(.doNotDisturb, .focusing, call: .connected))
        == Presence(.doNotDisturb, .focusing))
  }

  @Test func otherWordsAreRefused() {
    #expect(RouteMap(["lunhc": "away"]) == nil)
    #expect(RouteMap(["lunch": "awy"]) == nil)
    #expect(RouteMap(["ignore": "away"]) == nil)
    #expect(RouteMap(["none": "away"]) == nil)
  }
}
