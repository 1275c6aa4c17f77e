// What Teams can hold of a presence, in both ways of carrying states, and what it reports back.

import PluginAPI
import Testing

@testable import Microsoft365

@Suite struct TeamsStateTests {
  static let preferred: [(Presence, Presence)] = [
    (Presence(.available), .available),
    (Presence(.available, .outOfOffice, note: Note("back soon")), .available),
    (Presence(.offline, .offWork), .available),
    (Presence(.unknown, "Juggling"), .available),
    (Presence(.available, call: .ringing), .available),
    (Presence(.available, call: .connected), Presence(.available, call: .connected)),
    (Presence(.available, call: .onHold), Presence(.available, call: .connected)),
    (Presence(.busy, .inCall, call: .connected), Presence(.available, call: .connected)),
    (Presence(.busy, .inConferenceCall), Presence(.available, call: .connected)),
    (Presence(.busy), Presence(.busy)),
    (Presence(.busy, .inMeeting), Presence(.busy)),
    (Presence(.busy, .inMeeting, call: .connected), Presence(.busy, call: .connected)),
    (Presence(.doNotDisturb, .presenting), Presence(.doNotDisturb)),
    (Presence(.doNotDisturb, call: .connected), Presence(.doNotDisturb, call: .connected)),
    (Presence(.away), Presence(.away)),
    (Presence(.away, .vacation), Presence(.away)),
    (Presence(.away, .beRightBack), Presence(.away, .beRightBack)),
    (Presence(.away, .lunch), Presence(.away, .beRightBack)),
    (Presence(.away, .meal, call: .connected), Presence(.away, .beRightBack, call: .connected)),
  ]
  static let session: [(Presence, Presence)] = [
    (Presence(.available), .available),
    (Presence(.available, call: .connected), Presence(.available, call: .connected)),
    (Presence(.busy), Presence(.available, call: .connected)),
    (Presence(.doNotDisturb), Presence(.doNotDisturb)),
    (Presence(.doNotDisturb, call: .connected), Presence(.doNotDisturb)),
    (Presence(.away, .lunch), Presence(.away)),
    (Presence(.away, call: .connected), Presence(.available, call: .connected)),
    (Presence(.offline), .available),
  ]

  @Test(arguments: preferred) func heldAsPreferred(_ wanted: Presence, _ held: Presence) {
    #expect(TeamsState(wanted, states: .preferred).held == held)
  }
  @Test(arguments: session) func heldAsSession(_ wanted: Presence, _ held: Presence) {
    #expect(TeamsState(wanted, states: .session).held == held)
  }

  @Test(arguments: WriteOptions.States.allCases) func holdingIsIdempotent(_ states: WriteOptions.States) {
    for availability in Availability.allCases {
      for call in CallState.allCases {
        for activity in Activity.wellKnown.map(Optional.some) + [nil, "Juggling"] {
          let once = TeamsState(Presence(availability, activity, call: call), states: states)
          #expect(TeamsState(once.held, states: states) == once)
          #expect(once.held.note == nil)
          #expect(once.isEmpty == (once.held == .available))
        }
      }
    }
  }

  @Test func echoesAreWhatTeamsReports() {
    func echoes(_ presence: Presence) -> [Presence] { TeamsState(presence, states: .preferred).echoes }
    let call = Presence(.busy, .inCall, call: .connected)
    #expect(echoes(.available) == [])
    #expect(echoes(Presence(.available, call: .connected)) == [call])
    #expect(echoes(Presence(.busy)) == [Presence(.busy)])
    #expect(echoes(Presence(.away, .lunch)) == [Presence(.away, .beRightBack)])
    #expect(echoes(Presence(.doNotDisturb, call: .connected)) == [Presence(.doNotDisturb), call])
    #expect(
      TeamsState(Presence(.doNotDisturb), states: .session).echoes == [Presence(.doNotDisturb, .presenting)])
    // A conference call is never ours: we cannot make Teams show one.
    let conference = Presence(.busy, .inConferenceCall, call: .connected)
    for states in WriteOptions.States.allCases {
      for (wanted, _) in Self.preferred {
        #expect(!TeamsState(wanted, states: states).echoes.contains(conference))
      }
    }
  }
}
