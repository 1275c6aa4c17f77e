// Polls and notifications about the same person: neither undoes the other, notes stay, silence is noticed.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite struct SeenPresenceTests {
  static func at(_ seconds: Double) -> Moment { SubscriptionPlanTests.at(seconds) }
  static let date = Date(timeIntervalSince1970: 1_800_000_000)

  static func graph(_ availability: String, _ activity: String, sequence: String? = nil) -> GraphPresence {
    var presence = GraphPresence(id: "u1", availability: availability, activity: activity)
    presence.sequence = sequence
    return presence
  }
  static func decode(_ members: String) throws -> GraphPresence {
    try JSONDecoder().decode(GraphPresence.self, from: Data(#"{"id":"u1",\#(members)}"#.utf8))
  }
  static func seen(notes: Bool = true) -> SeenPresence {
    SeenPresence(grace: .seconds(90), carriesNotes: notes)
  }

  @Test func whatWasPushedAfterAPollWasSentIsNewer() {
    var seen = Self.seen()
    let first = seen.open(now: Self.at(1))
    _ = seen.pushed(Self.graph("Busy", "Busy"), of: "u1", now: Self.at(1), date: Self.date)
    let second = seen.open(now: Self.at(1))
    let away = Self.graph("Away", "Away")
    #expect(seen.polled(away, of: "u1", first, now: Self.at(2), date: Self.date) == nil)
    #expect(seen.polled(away, of: "u1", second, now: Self.at(2), date: Self.date) == Presence(.away))
  }

  @Test func whereNothingIsPushedNothingIsSuspicious() {
    var seen = SeenPresence(grace: nil, carriesNotes: true)
    for (second, word) in [(1.0, "Busy"), (2, "Away")] {
      let ticket = seen.open(now: Self.at(second))
      _ = seen.polled(Self.graph(word, word), of: "u1", ticket, now: Self.at(second), date: Self.date)
    }
    #expect(seen.judgeAt == nil)
    #expect(seen.untold(now: Self.at(1000)).isEmpty)
  }

  @Test func anOlderVersionDoesNotUndoANewerOne() {
    var seen = Self.seen()
    let ticket = seen.open(now: Self.at(0))
    func poll(_ seen: inout SeenPresence, _ word: String, _ sequence: String?, at second: Double) -> Presence?
    {
      let found = Self.graph(word, word, sequence: sequence)
      return seen.polled(found, of: "u1", ticket, now: Self.at(second), date: Self.date)
    }
    #expect(poll(&seen, "Busy", "A0637473", at: 1) == Presence(.busy))
    #expect(poll(&seen, "Away", "A0637472", at: 2) == nil)
    #expect(poll(&seen, "Busy", "A0637473", at: 3) == Presence(.busy), "the same again is no older one")
    #expect(poll(&seen, "Away", "A0637474", at: 4) == Presence(.away))
    #expect(poll(&seen, "Available", nil, at: 5) == .available, "not everybody sends one")
    #expect(poll(&seen, "Busy", "00000001", at: 299) == nil)
    #expect(poll(&seen, "Busy", "00000001", at: 301) == Presence(.busy), "a count that began anew")
  }

  @Test func notesAndOutOfOfficeAreRead() throws {
    let status = try Self.decode(
      #""availability":"Available","activity":"Available","statusMessage":{"message":{"content":" Lab 2<pinnednote>"#
        + #"</pinnednote>","contentType":"text"},"expiryDateTime":{"dateTime":"2027-01-15T09:00:00.0000000","#
        + #""timeZone":"UTC"}},"outOfOfficeSettings":{"isOutOfOffice":false,"message":null}"#)
    let end = try #require(graphDate("2027-01-15T09:00:00Z"))
    #expect(status.notes == PresenceNotes(status: Note("Lab 2", expires: end)))
    #expect(status.notes?.note(at: end - 1) == Note("Lab 2", expires: end))
    #expect(status.notes?.note(at: end) == nil, "over is over")

    let away = try Self.decode(
      #""availability":"Offline","activity":"Offline","statusMessage":null,"#
        + #""outOfOfficeSettings":{"isOutOfOffice":true,"message":"Back on Monday"}"#)
    let notes = try #require(away.notes)
    #expect(
      notes.applied(to: away.presence, at: Self.date)
        == Presence(.offline, .outOfOffice, note: Note("Back on Monday")))
    // What we may have set ourselves must stay recognisable.
    for word in ["Busy", "Away", "DoNotDisturb"] {
      let presence = GraphPresence(availability: word, activity: word).presence
      #expect(notes.applied(to: presence, at: Self.date).activity == nil, "\(word)")
    }
    let odd = try Self.decode(
      #""availability":5,"activity":"Away","statusMessage":"odd","outOfOfficeSettings":[1],"sequenceNumber":7"#
    )
    #expect(odd.presence == Presence(.away) && odd.sequence == nil, "an odd member spoils nothing")
    #expect(PresenceNotes.text(String(repeating: "x", count: 900))?.count == PresenceNotes.maxLength)
  }

  @Test func aNotificationKeepsTheNoteThatAPollSaw() throws {
    var seen = Self.seen()
    let polled = try Self.decode(
      #""availability":"Available","activity":"OutOfOffice","statusMessage":null,"#
        + #""outOfOfficeSettings":{"isOutOfOffice":true,"message":"Back on Monday"}"#)
    let ticket = seen.open(now: Self.at(0))
    let note = Note("Back on Monday")
    #expect(
      seen.polled(polled, of: "u1", ticket, now: Self.at(0), date: Self.date)
        == Presence(.available, .outOfOffice, note: note))
    let call = Self.graph("Busy", "InACall")
    #expect(
      seen.pushed(call, of: "u1", now: Self.at(1), date: Self.date)
        == Presence(.busy, .inCall, call: .connected, note: note))
    _ = seen.pushed(Self.graph("Available", "OutOfOffice"), of: "u1", now: Self.at(2), date: Self.date)
    // The state said so and does no more: the reply is over.
    #expect(
      seen.pushed(Self.graph("Available", "Available"), of: "u1", now: Self.at(3), date: Self.date)
        == .available)
    var without = Self.seen(notes: false)
    #expect(
      without.polled(polled, of: "u1", ticket, now: Self.at(0), date: Self.date)
        == Presence(.available, .outOfOffice))
  }

  @Test func aChangeThatNobodyToldIsNoticed() {
    var seen = Self.seen()
    func poll(_ seen: inout SeenPresence, _ word: String, at second: Double) {
      let ticket = seen.open(now: Self.at(second))
      _ = seen.polled(Self.graph(word, word), of: "u1", ticket, now: Self.at(second + 1), date: Self.date)
    }
    poll(&seen, "Available", at: 0)
    poll(&seen, "Available", at: 300)
    #expect(seen.judgeAt == nil, "nothing changed")
    poll(&seen, "Busy", at: 600)
    #expect(seen.judgeAt == Self.at(691))
    #expect(seen.untold(now: Self.at(690)) == [:], "it may be under way")
    #expect(seen.untold(now: Self.at(691)) == ["u1": Self.at(300)], "at 300 s it was still the old one")
    #expect(seen.untold(now: Self.at(692)) == [:], "told once")
    poll(&seen, "Away", at: 900)
    _ = seen.pushed(Self.graph("Away", "Away"), of: "u1", now: Self.at(905), date: Self.date)
    #expect(seen.untold(now: Self.at(2000)) == [:], "late, but told")
    poll(&seen, "Busy", at: 2100)
    seen.announced(["u1"])
    #expect(seen.judgeAt == nil, "late, but spoken of")
    poll(&seen, "Away", at: 2200)
    #expect(seen.judgeAt == nil, "that is what was spoken of")
    poll(&seen, "Busy", at: 2300)
    #expect(seen.judgeAt != nil)
    // A poll that was under way sees the state before, and the next one what was spoken of.
    let early = seen.open(now: Self.at(2400))
    seen.announced(["u1"])
    _ = seen.polled(Self.graph("Busy", "Busy"), of: "u1", early, now: Self.at(2401), date: Self.date)
    poll(&seen, "Away", at: 2402)
    #expect(seen.judgeAt == nil)
    poll(&seen, "Busy", at: 2500)
    seen.keep(only: ["u2"])
    #expect(seen.judgeAt == nil)
  }
}
