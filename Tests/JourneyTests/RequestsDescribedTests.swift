// Every request that the gateway makes is what Microsoft describes: recorded in a whole journey, judged from outside.

import Clients
import FoundationEssentials
import PluginTestKit
import Sandbox
import Testing

@Suite(.serialized) struct RequestsDescribedTests {
  private struct Verdict: Decodable { let counts: [String: Int] }

  @Test func everyRequestIsWhatMicrosoftDescribes() async throws {
    guard let judge = PythonClient("graph_requests.py") else { return }
    let recorded = Locked<[RecordedRequest]>([])
    let config: @Sendable (String) throws -> String = {
      try $0.rewriting(
        ("# status_message: off ", "status_message: note "),
        ("# restore_manual: false ", "restore_manual: true "),
        ("# available: client ", "available: session "), ("# refresh: 20s ", "refresh: 5s "),
        ("# poll_interval: 5min ", "poll_interval: 5s "))
    }
    try await Journey.run(people: 7, config: config) { journey in
      let (graph, pbx) = (journey.company.graph, journey.company.pbx)
      graph.record { request in recorded.withLock { $0.append(request) } }
      // From nothing: what the start itself asks is made again.
      graph.inject(.killSubscriptions())
      graph.sendLifecycle(.missed)
      await pbx.startCall(person: 0)
      await pbx.choosePresence(person: 1, activity: "dnd")
      await pbx.choosePresence(person: 2, activity: "lunch", note: "back at two")
      await pbx.choosePresence(person: 3, activity: "busy")
      await pbx.choosePresence(person: 4, activity: "away")
      graph.choosePreferred(5, PresencePair("DoNotDisturb", "DoNotDisturb"))
      await pbx.choosePresence(person: 5, activity: "busy")
      try await journey.until("all show") {
        (0..<6).map(journey.teams) == [
          "Busy/InACall", "DoNotDisturb/DoNotDisturb", "BeRightBack/BeRightBack", "Busy/Busy", "Away/Away",
          "Busy/Busy",
        ]
      }
      try await journey.until("the note shows") { graph.statusMessage(of: 2) == "back at two" }
      await pbx.endCall(person: 0)
      for person in 1...5 { await pbx.choosePresence(person: person, activity: "") }
      try await journey.until("all are free again, and one has their own choice back") {
        (0..<6).map(journey.teams)
          == Array(repeating: "Available/Available", count: 5) + ["DoNotDisturb/DoNotDisturb"]
      }
      try await journey.until("the note is gone") { graph.statusMessage(of: 2) == nil }
      try await journey.until("the directory was asked for changes") {
        recorded.withLock { $0.contains { $0.path.hasSuffix("/users/delta") } }
      }
      try await journey.until("everybody was polled") {
        recorded.withLock { $0.contains { $0.path.hasSuffix("/getPresencesByUserId") } }
      }
    }
    let file =
      FileManager.default.temporaryDirectory.path + "/requests-\(UInt64.random(in: 0...UInt64.max)).jsonl"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let lines = try recorded.withLock {
      try $0.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
    let microsofts = "\(PythonClient.repository)/../shared/reference/graph-openapi.yaml"
    let isThere = FileManager.default.fileExists(atPath: microsofts)
    if !isThere {
      print("skipped: \(microsofts) is not there; the requests are judged by our own description only")
    }
    let (succeeded, output) = await judge.run([file] + (isThere ? [microsofts] : []))
    #expect(succeeded, "\(output)")
    let line = try #require(output.split(separator: "\n").first)
    let counts = try JSONDecoder().decode(Verdict.self, from: Data(line.utf8)).counts
    for call in [
      "setPresence", "clearPresence", "setUserPreferredPresence", "clearUserPreferredPresence",
      "setStatusMessage",
    ] { #expect((counts["POST /v1.0/users/{id}/presence/\(call)"] ?? 0) > 0, "\(counts)") }
    #expect((counts["GET /v1.0/users/{id}/presence"] ?? 0) > 0)
    #expect((counts["POST /v1.0/communications/getPresencesByUserId"] ?? 0) > 0)
    #expect((counts["GET /v1.0/users/delta"] ?? 0) > 0)
  }
}
