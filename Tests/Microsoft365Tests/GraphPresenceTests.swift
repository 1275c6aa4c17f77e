// Graph's words to presences: the whole table, words in the wrong field, words nobody knows.

import Logging
import PluginAPI
import Testing

@testable import Microsoft365

@Suite struct GraphPresenceTests {
  static let pairs: [(String, String, Presence)] = [
    ("Available", "Available", Presence(.available)),
    ("Available", "OutOfOffice", Presence(.available, .outOfOffice)),
    ("Available", "AvailableInactive", Presence(.available, .inactive)),
    ("Available", "Inactive", Presence(.available, .inactive)),
    ("AvailableIdle", "Inactive", Presence(.available, .inactive)),
    ("AvailableIdle", "Available", Presence(.available, .inactive)),
    ("Busy", "Busy", Presence(.busy)),
    ("Busy", "InACall", Presence(.busy, .inCall, call: .connected)),
    ("Busy", "InAConferenceCall", Presence(.busy, .inConferenceCall, call: .connected)),
    ("Busy", "InAMeeting", Presence(.busy, .inMeeting)),
    ("BusyIdle", "Busy", Presence(.busy, .inactive)),
    ("BusyIdle", "InACall", Presence(.busy, .inCall, call: .connected)),
    ("DoNotDisturb", "DoNotDisturb", Presence(.doNotDisturb)),
    ("DoNotDisturb", "Presenting", Presence(.doNotDisturb, .presenting)),
    ("DoNotDisturb", "Focusing", Presence(.doNotDisturb, .focusing)),
    ("DoNotDisturb", "UrgentInterruptionsOnly", Presence(.doNotDisturb, .urgentOnly)),
    ("Away", "Away", Presence(.away)),
    ("Away", "OutOfOffice", Presence(.away, .outOfOffice)),
    ("BeRightBack", "BeRightBack", Presence(.away, .beRightBack)),
    ("Offline", "Offline", Presence(.offline)),
    ("Offline", "OffWork", Presence(.offline, .offWork)),
    ("Offline", "OutOfOffice", Presence(.offline, .outOfOffice)),
    ("PresenceUnknown", "PresenceUnknown", Presence(.unknown)),
  ]

  @Test(arguments: pairs) func pair(_ availability: String, _ activity: String, _ expected: Presence) {
    #expect(GraphPresence(availability: availability, activity: activity).presence == expected)
    // The case of letters differs between documentation and wire.
    let low = GraphPresence(availability: availability.lowercased(), activity: activity.lowercased())
    #expect(low.presence == expected)
    #expect(low.unknownWords == [])
  }

  @Test func wordsAreUnderstoodInEitherField() {
    #expect(
      GraphPresence(availability: "inACall", activity: "busy").presence
        == Presence(.busy, .inCall, call: .connected))
    #expect(
      GraphPresence(availability: "presenting", activity: "doNotDisturb").presence
        == Presence(.doNotDisturb, .presenting))
    #expect(GraphPresence(availability: nil, activity: "InAMeeting").presence == Presence(.busy, .inMeeting))
    #expect(GraphPresence(availability: "Busy", activity: nil).presence == Presence(.busy))
    #expect(GraphPresence(availability: nil, activity: nil).presence == Presence(.unknown))
  }

  @Test func anUnknownWordIsKept() {
    let half = GraphPresence(availability: "Busy", activity: "Juggling")
    #expect(half.presence == Presence(.busy, "Juggling"))
    #expect(half.unknownWords == ["Juggling"])
    let known = GraphPresence(availability: "Bewildered", activity: "InAMeeting")
    #expect(known.presence == Presence(.busy, .inMeeting))
    #expect(known.unknownWords == ["Bewildered"])
    let none = GraphPresence(availability: "Bewildered", activity: "Juggling")
    #expect(none.presence == Presence(.unknown, "Juggling"))
    let long = GraphPresence(availability: "Busy", activity: String(repeating: "x", count: 900))
    #expect(long.presence.activity?.rawValue.count == 64)
  }

  @Test func eachUnknownWordIsToldOnceAndTheMemoryIsBounded() async {
    let words = UnknownWords(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    #expect(await words.note(["Juggling", "Juggling"]) == ["Juggling"])
    #expect(await words.note(["Juggling", "Dancing"]) == ["Dancing"])
    let flood = (0..<1000).map { "word \($0)" }
    #expect(await words.note(flood).count == UnknownWords.limit - 2)
  }
}
