// The vendor's table: what the PBX shows for each state of Teams.

import FoundationEssentials
import PluginAPI
import Testing

@testable import PBX

@Suite struct HeldPresenceTests {
  struct Case: Sendable {
    let presence: Presence
    let word: String
    var call = CallState.none
  }

  static let cases = [
    Case(presence: Presence(.available), word: ""),
    Case(presence: Presence(.away), word: "away"),
    Case(presence: Presence(.away, .beRightBack), word: "away"),
    Case(presence: Presence(.busy), word: "busy"),
    Case(presence: Presence(.doNotDisturb), word: "dnd"),
    Case(presence: Presence(.busy, .inCall, call: .connected), word: "", call: .connected),
    Case(presence: Presence(.busy, .inConferenceCall, call: .connected), word: "", call: .connected),
    Case(presence: Presence(.busy, .inCall), word: "", call: .connected),
    Case(presence: Presence(.busy, .inMeeting), word: "meeting"),
    Case(presence: Presence(.doNotDisturb, .presenting), word: "", call: .connected),
    Case(presence: Presence(.doNotDisturb, .urgentOnly), word: "dnd"),
    Case(presence: Presence(.doNotDisturb, .focusing), word: "dnd"),
    Case(presence: Presence(.available, .outOfOffice), word: "away"),
    Case(presence: Presence(.away, .outOfOffice), word: "away"),
    Case(presence: Presence(.offline, .offWork), word: ""),
    Case(presence: Presence(.away, .inactive), word: ""),
    Case(presence: Presence(.offline), word: ""),
    Case(presence: Presence(.unknown, "Teleporting"), word: ""),
    Case(presence: Presence(.busy, "somethingNew"), word: "busy"),
    // With a call: what was there for another reason stays, busy because of the call does not.
    Case(presence: Presence(.busy, call: .connected), word: "", call: .connected),
    Case(presence: Presence(.busy, call: .onHold), word: "", call: .connected),
    Case(presence: Presence(.doNotDisturb, call: .connected), word: "dnd", call: .connected),
    Case(presence: Presence(.busy, .inMeeting, call: .connected), word: "meeting", call: .connected),
    Case(presence: Presence(.away, call: .connected), word: "away", call: .connected),
    Case(presence: Presence(.available, call: .ringing), word: ""),
    // From another telephone system.
    Case(presence: Presence(.away, .lunch), word: "lunch"),
    Case(presence: Presence(.busy, .appointment), word: "appointment"),
  ]

  @Test(arguments: cases) func table(_ example: Case) {
    let held = HeldPresence.of(example.presence, presentingAs: .onThePhone)
    #expect(ActivityWords.word(for: held) == example.word)
    #expect(held.call == example.call)
  }

  @Test func presentingCanBeShownOtherwise() {
    let presenting = Presence(.doNotDisturb, .presenting)
    #expect(HeldPresence.of(presenting, presentingAs: .dnd) == Presence(.doNotDisturb))
    #expect(HeldPresence.of(presenting, presentingAs: .busy) == Presence(.busy))
  }

  @Test func holdingTwiceIsHoldingOnce() {
    for form in PresentingForm.allCases {
      for availability in Availability.allCases {
        for activity in Activity.wellKnown.map(Optional.some) + [nil, "odd"] {
          for call in CallState.allCases {
            let presence = Presence(availability, activity, call: call, note: Note("x"))
            let held = HeldPresence.of(presence, presentingAs: form)
            #expect(HeldPresence.of(held, presentingAs: form) == held)
            #expect((held.note == nil) == ActivityWords.word(for: held).isEmpty)
          }
        }
      }
    }
  }

  @Test func notesGoAlongWithAStateOnly() {
    let note = Note("  at the\n dentist ", expires: Date(timeIntervalSince1970: 5))
    func held(_ presence: Presence, _ form: NoteForm = .withState) -> Presence {
      HeldPresence.of(presence, presentingAs: .onThePhone, notes: form)
    }
    #expect(held(Presence(.away, note: note)) == Presence(.away, note: Note("at the dentist")))
    #expect(held(Presence(.available, note: note)) == .available, "alone it would hide the user's own choice")
    #expect(
      held(Presence(.busy, .inCall, call: .connected, note: note)) == Presence(.available, call: .connected))
    #expect(
      held(Presence(.available, note: note), .always) == Presence(.available, note: Note("at the dentist")))
    #expect(held(Presence(.away, note: note), .never) == Presence(.away))
    #expect(held(Presence(.away, note: Note("  "))) == Presence(.away))
    let long = held(Presence(.away, note: Note(String(repeating: "word ", count: 100))))
    #expect(long.note?.text.count == 249)
    #expect(held(long) == long, "idempotent")
  }
}
