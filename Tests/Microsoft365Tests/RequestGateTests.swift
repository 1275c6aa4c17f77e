// Requests of one application wait together, whoever makes them; those of another do not.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct RequestGateTests {
  /// Both sides use one registration, which Microsoft throttles once.
  static func tenant(writer: String, refusals: Locked<Int>) -> (FakeGraph, Microsoft365Plugin) {
    let graph = FakeGraph { request in
      guard request.url.hasPrefix(FakeGraph.graph) else { return nil }
      let refuse = refusals.withLock {
        $0 -= 1
        return $0 >= 0
      }
      if refuse { return .json("{}", status: 429, headers: [("Retry-After", "7.5")]) }
      return request.url.hasSuffix("getPresencesByUserId")
        ? .json(#"{"value":[]}"#) : HTTPResponse(status: 200)
    }
    let read: ConfigValue = [
      "client_id": .scalar(FakeGraph.reader), "mode": "poll", "client_secret": "env:read-secret",
    ]
    let write: ConfigValue = ["client_id": .scalar(writer), "client_secret": "env:write-secret"]
    return (graph, graph.plugin(["read": read, "write": write]))
  }
  static let busy = PresenceUpdate(user: "u-1", presence: Presence(.busy), previous: nil, cause: .change)

  @Test func aPauseOfTheWriterHoldsTheReaderOfTheSameApplication() async throws {
    let (graph, plugin) = Self.tenant(writer: FakeGraph.reader, refusals: Locked(1))
    await #expect(
      throws: PluginFailure(.retry(after: .seconds(7.5)), "HTTP 429 on set_preferred")
    ) { try await plugin.deliver([Self.busy]) }
    let poll = Task { try await plugin.poll(["u-1"]) }
    await graph.kit.clock.sleepers(atLeast: 1)
    #expect(graph.calls.count == 1)
    graph.kit.clock.advance(by: .seconds(7.4))
    #expect(graph.calls.count == 1)
    // The pause ends; a moment later the first request has been earned.
    graph.kit.clock.advance(by: .seconds(0.1))
    #expect(await graph.kit.clock.pass(within: .milliseconds(500)) { graph.calls.count == 2 })
    _ = try await poll.value
  }

  @Test func anotherApplicationGoesOn() async throws {
    let (graph, plugin) = Self.tenant(writer: FakeGraph.writer, refusals: Locked(1))
    await #expect(throws: PluginFailure.self) { try await plugin.deliver([Self.busy]) }
    _ = try await plugin.poll(["u-1"])
    #expect(graph.calls.count == 2)
  }

  @Test func aLongPauseIsToldInsteadOfWaited() async throws {
    let graph = FakeGraph { request in
      request.url.contains("/presence/")
        ? .json("{}", status: 429, headers: [("Retry-After", "Fri, 15 Jan 2027 08:10:00 GMT")]) : nil
    }
    let plugin = graph.plugin(["write": FakeGraph.writeSection])
    // The clock of the tests begins at 08:00:00 of that day.
    await #expect(throws: PluginFailure(.retry(after: .seconds(600)), "HTTP 429 on set_preferred")) {
      try await plugin.deliver([Self.busy])
    }
    await #expect(throws: PluginFailure(.retry(after: .seconds(600)), "Microsoft has asked for a pause")) {
      try await plugin.deliver([Self.busy])
    }
    #expect(graph.calls.count == 1)
  }

  @Test func aWaitingRequestCanBeCancelled() async throws {
    let (graph, plugin) = Self.tenant(writer: FakeGraph.reader, refusals: Locked(1))
    await #expect(throws: PluginFailure.self) { try await plugin.deliver([Self.busy]) }
    let poll = Task { try await plugin.poll(["u-1"]) }
    await graph.kit.clock.sleepers(atLeast: 1)
    poll.cancel()
    await #expect(throws: PluginFailure.self) { try await poll.value }
    #expect(graph.calls.count == 1)
  }
}
