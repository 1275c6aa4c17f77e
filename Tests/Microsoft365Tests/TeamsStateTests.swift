// What Teams can hold of a presence, in both ways of carrying states, and what it reports back.

import FoundationEssentials
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
    // Words that only a session carries: a route chooses it by mapping to them.
    (Presence(.doNotDisturb, .presenting), Presence(.doNotDisturb, .presenting)),
    (Presence(.doNotDisturb, .presenting, call: .connected), Presence(.doNotDisturb, .presenting)),
    (Presence(.doNotDisturb, .focusing), Presence(.doNotDisturb)),
    (Presence(.away, .inactive), Presence(.away, .inactive)),
    (Presence(.away, .inactive, call: .connected), Presence(.available, call: .connected)),
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
    (Presence(.doNotDisturb), Presence(.doNotDisturb, .presenting)),
    (Presence(.doNotDisturb, call: .connected), Presence(.doNotDisturb, .presenting)),
    (Presence(.away, .lunch), Presence(.away, .inactive)),
    (Presence(.away, call: .connected), Presence(.available, call: .connected)),
    (Presence(.offline), .available),
  ]

  @Test(arguments: preferred) func heldAsPreferred(_ wanted: Presence, _ held: Presence) {
    #expect(TeamsState(wanted, .init()).held == held)
  }
  @Test(arguments: session) func heldAsSession(_ wanted: Presence, _ held: Presence) {
    #expect(TeamsState(wanted, .init(states: .session)).held == held)
  }

  static let manners = WriteOptions.States.allCases.flatMap { states in
    [false, true].flatMap { available in
      [false, true].map { TeamsState.Manner(states: states, showsAvailable: available, writesNotes: $0) }
    }
  }

  @Test(arguments: manners) func holdingIsIdempotent(_ manner: TeamsState.Manner) {
    for availability in Availability.allCases {
      for call in CallState.allCases {
        for activity in Activity.wellKnown.map(Optional.some) + [nil, "Juggling"] {
          for note in [nil, Note("  "), Note(" at lunch "), Note(String(repeating: "long ", count: 100))] {
            let once = TeamsState(Presence(availability, activity, call: call, note: note), manner)
            let held = manner.held(for: Presence(availability, activity, call: call, note: note))
            #expect(TeamsState(held, manner) == once)
            #expect(manner.held(for: held) == held)
            #expect((once.held.note != nil) == (manner.writesNotes && note.map { $0.text != "  " } == true))
            #expect((once.note?.text.count ?? 0) <= TeamsState.longestNote)
            #expect(once.isEmpty == (held == (manner.showsAvailable ? Presence(.unknown) : .available)))
          }
        }
      }
    }
  }

  @Test func echoesAreWhatTeamsReports() {
    func echoes(_ presence: Presence) -> [Presence] { TeamsState(presence, .init()).echoes }
    let call = Presence(.busy, .inCall, call: .connected)
    #expect(echoes(.available) == [])
    #expect(echoes(Presence(.available, call: .connected)) == [call])
    #expect(echoes(Presence(.busy)) == [Presence(.busy)])
    #expect(echoes(Presence(.away, .lunch)) == [Presence(.away, .beRightBack)])
    #expect(echoes(Presence(.doNotDisturb, call: .connected)) == [Presence(.doNotDisturb), call])
    #expect(
      TeamsState(Presence(.doNotDisturb), .init(states: .session)).echoes == [
        Presence(.doNotDisturb, .presenting)
      ])
    // A conference call is never ours: we cannot make Teams show one.
    let conference = Presence(.busy, .inConferenceCall, call: .connected)
    for manner in Self.manners {
      for (wanted, _) in Self.preferred {
        #expect(!TeamsState(wanted, manner).echoes.contains(conference))
        // That somebody is free again is never an echo: it would hide the end of their meeting.
        #expect(!TeamsState(wanted, manner).echoes.contains(.available))
      }
    }
  }

  @Test func availableIsASessionWhereItIsWanted() {
    func state(_ presence: Presence) -> TeamsState { TeamsState(presence, .init(showsAvailable: true)) }
    #expect(state(.available) == TeamsState(session: .available))
    #expect(state(.available).held == Presence(.available, "present"))
    // Without a session a preferred state does not show.
    #expect(state(Presence(.doNotDisturb)) == TeamsState(preferred: .doNotDisturb, session: .available))
    #expect(state(Presence(.doNotDisturb)).held == Presence(.doNotDisturb))
    #expect(state(Presence(.busy, .inCall, call: .connected)) == TeamsState(session: .inCall))
    #expect(state(Presence(.offline)).isEmpty)
    #expect(state(Presence(.unknown)).isEmpty)
  }

  /// Every combination, every manner: only pairs and times that Microsoft accepts ever leave.
  @Test(arguments: manners) func onlyLegalPairsAndTimesLeave(_ manner: TeamsState.Manner) throws {
    struct Body: Decodable { var availability, activity, expirationDuration: String? }
    let session: Set = ["Available/Available", "Busy/InACall", "DoNotDisturb/Presenting", "Away/Away"]
    let preferred: Set = ["Busy/Busy", "DoNotDisturb/DoNotDisturb", "BeRightBack/BeRightBack", "Away/Away"]
    for availability in Availability.allCases {
      for call in CallState.allCases {
        for activity in Activity.wellKnown.map(Optional.some) + [nil, "Juggling"] {
          let state = TeamsState(Presence(availability, activity, call: call), manner)
          for lease in [Duration.seconds(300), .seconds(600), .seconds(14_400)] {
            let calls = TeamsWrite.plan(
              previous: TeamsState(), wanted: state, cause: .repair, ages: WriteAges(), callLease: lease)
            for write in calls {
              let request = write.request(user: "u", sessionID: "app", callLease: lease, date: Date())
              let body = try JSONDecoder().decode(Body.self, from: Data(request.body ?? []))
              let pair = "\(body.availability ?? "")/\(body.activity ?? "")"
              switch write {
              case .setSession:
                #expect(session.contains(pair))
                #expect(["PT5M", "PT10M", "PT4H"].contains(body.expirationDuration))
              case .setPreferred:
                #expect(preferred.contains(pair))
                #expect(["PT24H", "PT168H"].contains(body.expirationDuration))
              default: #expect(body.availability == nil)
              }
            }
          }
        }
      }
    }
  }
}
