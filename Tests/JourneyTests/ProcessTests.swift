// What only a process has: signals, threads, descriptors, a full disk under its feet, and an exit code.

import FoundationEssentials
import NIOCore
import Sandbox
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.serialized) struct ProcessTests {
  private static let routeToTeams = "  - from: pbx\n    to: teams\n"
  /// Both plugins are made anew by each of these.
  private static let changes: [(old: String, new: String)] = [
    ("    # presenting_as: on-the-phone\n", "    presenting_as: dnd\n"),
    ("    # requests_per_30s: 1500 ", "    requests_per_30s: 1400   "),
  ]

  @Test func aSignalTakesTheFileOver() async throws {
    try await ProcessJourney.run { journey in
      await journey.company.pbx.choosePresence(person: 3, activity: "lunch")
      try await journey.until("lunch is passed on") { journey.teams(3) == "BeRightBack/BeRightBack" }
      journey.program.send(SIGHUP)
      try await journey.until("the signal is answered") {
        journey.program.logged("configuration has not changed") == 1
      }
      try journey.rewrite(Self.routeToTeams, Self.routeToTeams + "    map: { lunch: busy }\n")
      journey.program.send(SIGHUP)
      try await journey.until("it is mapped anew") { journey.teams(3) == "Busy/Busy" }
      // Without a signal it is noticed too, and what is wrong changes nothing.
      try journey.rewrite("    map: { lunch: busy }\n", "    priority: lots\n")
      try await journey.until("the mistake is told") {
        await journey.status().contains("routes[1].priority: must be a whole number, is lots")
      }
      #expect(journey.teams(3) == "Busy/Busy")
      #expect(journey.program.exitCode() == nil)
    }
  }

  /// Plugins that are made anew take threads and descriptors of their former lives with them.
  @Test func reloadsLeaveNothingBehind() async throws {
    let rounds = ProcessInfo.processInfo.environment["RELOADS"].flatMap { Int($0) } ?? 4
    // What an administrator changes is told at any level.
    try await ProcessJourney.run(logLevel: "error") { journey in
      var figures: [(threads: Int, descriptors: Int)] = []
      for round in 1...rounds {
        try journey.rewrite(
          Self.changes.map { old, new in round % 2 == 1 ? (old, new) : (new, old) })
        journey.program.send(SIGHUP)
        try await journey.until("reload \(round)") {
          journey.program.logged("configuration changed") == round
        }
        try await journey.untilReady()
        // Something is decrypted, and written, in each life.
        journey.company.graph.setTeamsClient(0, to: round % 2 == 1 ? .inAMeeting : .available)
        try await journey.until("the change of round \(round) is passed on") {
          await journey.telephone(0) == (round % 2 == 1 ? "meeting" : "")
        }
        figures.append((journey.program.threads, journey.program.descriptors))
      }
      print(
        "threads and descriptors after \(rounds) reloads: \(figures[rounds - 1]), after the first: \(figures[0])"
      )
      // Connections to the tenant come and go by themselves.
      #expect(figures[rounds - 1].threads <= figures[0].threads + 1, "\(figures)")
      #expect(figures[rounds - 1].descriptors <= figures[0].descriptors + 4, "\(figures)")
    }
  }

  @Test func aBusyGatewayWhoseSinkHangsEndsInTime() async throws {
    try await ProcessJourney.run(people: 40) { journey in
      for person in 0..<40 { await journey.company.pbx.startCall(person: person) }
      try await journey.until("calls are passed on") { journey.teams(7) == "Busy/InACall" }
      journey.company.graph.inject(.hang(next: 10_000, area: .presence))
      journey.company.startDay()
      for person in 0..<40 { await journey.company.pbx.endCall(person: person) }
      let begun = NIODeadline.now()
      journey.program.send(SIGTERM)
      try await journey.until("it has ended") { journey.program.exitCode() != nil }
      #expect(journey.program.exitCode() == 0)
      let took = NIODeadline.now() - begun
      print("ended after \(took.nanoseconds / 1_000_000) ms with a hanging sink")
      #expect(took < .seconds(10))
    }
  }

  @Test func aFullDiskStopsNothing() async throws {
    var mounted: String?
    func makeSmall(_ folder: String) {
      if mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0 { mounted = folder }
      if mounted == nil { print("skipped: only root can make a small file system") }
    }
    defer { if let mounted { umount2(mounted, Int32(MNT_DETACH)) } }
    try await ProcessJourney.run(prepare: makeSmall) { journey in
      guard mounted != nil else { return }
      let ballast = "\(journey.stateFolder)/ballast"
      let file = try #require(fopen(ballast, "w"))
      setvbuf(file, nil, _IONBF, 0)
      while fwrite([UInt8](repeating: 1, count: 512), 512, 1, file) == 1 {}
      fclose(file)
      for round in 0..<40 {
        await journey.company.pbx.choosePresence(person: 3, activity: round % 2 == 0 ? "lunch" : "busy")
        try await journey.until("it is passed on, full or not") {
          journey.teams(3) == (round % 2 == 0 ? "BeRightBack/BeRightBack" : "Busy/Busy")
        }
      }
      try await journey.until("it is told") {
        let status = await journey.status()
        return status.contains("cannot be written: database or disk is full")
          && status.contains("Make space on the disk.")
      }
      #expect(await journey.get("/readyz")?.status == 200)
      unlink(ballast)
      try await journey.until("it is green again") {
        await !journey.status().contains("cannot be written")
      }
      #expect(journey.program.logged("state file can be written again") == 1)
    }
  }
}
