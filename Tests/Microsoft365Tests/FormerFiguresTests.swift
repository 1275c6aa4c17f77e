// After a reload no figure of the former configuration is left. As the gateway does it: the new instance is made, then
// the old one ends, then the new one runs.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct FormerFiguresTests {
  @Test func whoPollsHasNoSubscriptions() async throws {
    let board = GaugeBoard()
    let people = Set((1...700).map { UserID("u\($0)") })
    let former = SubscriptionKeeperTests.Setup(people: people, metrics: board)
    var next: Microsoft365Plugin?
    try await former.whileStreaming {
      await former.settle { board["uncovered_people"] == 50 }
      #expect(board["subscriptions"] == 1)
      #expect(board["subscription_expires_timestamp_seconds"] != nil)
      next = former.graph.plugin(["read": FakeGraph.readSection(["mode": "poll"])], metrics: board)
    }
    let plugin = try #require(next)
    let running = Task { try await plugin.stream(former.roster) }
    #expect(board["uncovered_people"] == 0)
    #expect(board["subscriptions"] == 0)
    #expect(board["subscription_expires_timestamp_seconds"] == nil)
    running.cancel()
    try await running.value
  }

  @Test func datesGoWithWhatTheyAreOf() async throws {
    let (files, board, graph) = (try PEMFiles(), GaugeBoard(), FakeGraph())
    let credential = "credential_expires_timestamp_seconds{sign_in=writing}"
    let token = "token_expires_timestamp_seconds{sign_in=writing}"
    func plugin(_ sections: [String: ConfigValue]) -> (
      plugin: Microsoft365Plugin, run: () -> Task<Void, any Error>
    ) {
      let plugin = graph.plugin(sections, metrics: board)
      return (plugin, { Task { try await plugin.run() } })
    }
    let withCertificate = plugin([
      "write": ["client_id": "w", "certificate": .scalar(files.certificate), "key": .scalar(files.key)]
    ])
    var running = withCertificate.run()
    func replace(by next: () -> Task<Void, any Error>) async {
      running.cancel()
      _ = await running.result
      running = next()
    }
    #expect(await eventually { board[credential] != nil && board[token] != nil })

    let withSecret = plugin(["write": FakeGraph.writeSection])
    await replace {
      graph.kit.clock.advance(by: .seconds(100))
      return withSecret.run()
    }
    let end = graph.kit.clock.date.timeIntervalSince1970 + 3570
    #expect(await eventually { board[credential] == nil && board[token] == end })

    let readingOnly = plugin(["read": FakeGraph.readSection(["mode": "poll"])])
    await replace(by: readingOnly.run)
    #expect(await eventually { board["token_expires_timestamp_seconds{sign_in=reading}"] != nil })
    #expect(board[token] == nil)
    // A token that was under way when its plugin ended.
    let late = try #require(withSecret.plugin.wiring.writing)
    graph.kit.clock.advance(by: .seconds(3600))
    _ = try await withSecret.plugin.wiring.tokens.token(for: late)
    #expect(await graph.kit.clock.pass(within: .seconds(20)) { board[token] == nil })

    await replace(by: withCertificate.run)
    #expect(await eventually { board[credential] != nil && board[token] != nil })
    running.cancel()
    _ = await running.result
  }
}
