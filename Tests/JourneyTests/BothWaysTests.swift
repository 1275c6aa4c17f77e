// A presence change travels both ways, through the real protocols of both sides.

import Sandbox
import Testing

@Suite(.serialized) struct BothWaysTests {
  @Test(arguments: PBXPeer.others)
  func aMeetingInTeamsIsSeenInThePBXAndEnds(_ peer: PBXPeer) async throws {
    try await Journey.run(pbx: peer) { journey in
      journey.company.graph.setTeamsClient(0, to: .inAMeeting)
      try await journey.until("meeting") { await journey.telephone(0) == "meeting" }
      journey.company.graph.setTeamsClient(0, to: .available)
      try await journey.until("nothing") { await journey.telephone(0) == "" }
    }
  }

  @Test(arguments: PBXPeer.others)
  func aCallInTeamsIsAnAlienCallInThePBXAndNoLoop(_ peer: PBXPeer) async throws {
    try await Journey.run(pbx: peer) { journey in
      journey.company.graph.setTeamsClient(1, to: .inACall)
      try await journey.until("call") { await journey.telephone(1) == "call" }
      journey.company.graph.setTeamsClient(1, to: .doNotDisturb)
      try await journey.until("dnd") { await journey.telephone(1) == "dnd" }
      // The alien call must not have come back to Teams.
      #expect(journey.company.book.figures().teams.writes == 0)
    }
  }

  @Test(arguments: PBXPeer.others)
  func aCallOnTheDeskPhoneIsSeenInTeamsAndEnds(_ peer: PBXPeer) async throws {
    try await Journey.run(pbx: peer) { journey in
      await journey.company.pbx.startCall(person: 2)
      try await journey.until("in a call") { journey.teams(2) == "Busy/InACall" }
      await journey.company.pbx.endCall(person: 2)
      try await journey.until("available") { journey.teams(2) == "Available/Available" }
      // Teams reported our own state: that is no news for the PBX.
      try await journey.until("the echo was seen") {
        await journey.metric("presence_gateway_echoes_total") >= 1
      }
      #expect(await journey.telephone(2) == "")
      #expect(journey.company.book.figures().pbx.writes == 0)
    }
  }

  @Test(arguments: PBXPeer.others)
  func statesChosenOnThePhoneArePreferredInTeams(_ peer: PBXPeer) async throws {
    try await Journey.run(pbx: peer) { journey in
      for (word, teams) in [
        ("dnd", "DoNotDisturb/DoNotDisturb"), ("lunch", "BeRightBack/BeRightBack"), ("busy", "Busy/Busy"),
      ] {
        await journey.company.pbx.choosePresence(person: 3, activity: word)
        try await journey.until(word) { journey.teams(3) == teams }
      }
      await journey.company.pbx.choosePresence(person: 3, activity: "")
      try await journey.until("available") { journey.teams(3) == "Available/Available" }
    }
  }

  @Test(arguments: PBXPeer.others)
  func stoppingLeavesNothingBehind(_ peer: PBXPeer) async throws {
    var leftovers: [String]?
    try await Journey.run(pbx: peer) { journey in
      journey.company.graph.setTeamsClient(0, to: .inACall)
      await journey.company.pbx.startCall(person: 1)
      await journey.company.pbx.choosePresence(person: 2, activity: "dnd")
      try await journey.until("all three") {
        await journey.telephone(0) == "call" && journey.teams(1) == "Busy/InACall"
          && journey.teams(2) == "DoNotDisturb/DoNotDisturb"
      }
      await journey.gateway.stop()
      #expect(await journey.gateway.reload() == nil)
      leftovers = await journey.company.leftovers()
    }
    #expect(leftovers == [])
  }
}
