// The directory over a restart: known at once, brought up to date by changes only, and listed anew when that cannot be.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct DirectoryRestartTests {
  static func answer(_ request: HTTPRequest, expired: Bool = false) -> HTTPResponse? {
    switch request.url.dropFirst(FakeGraph.graph.count) {
    case let path where path.hasPrefix("/users?"):
      return .json(#"{"value":[\#(DirectoryTests.user("a")),\#(DirectoryTests.user("b"))]}"#)
    case "/users/delta?$deltatoken=1" where expired: return HTTPResponse(status: 410)
    case "/users/delta?$deltatoken=1":
      return .json(#"{"value":[{"id":"b"}],"@odata.deltaLink":"\#(DirectoryTests.link)2"}"#)
    case let path where path.hasPrefix("/users/delta"):
      return .json(#"{"value":[],"@odata.deltaLink":"\#(DirectoryTests.link)1"}"#)
    case let path where path.hasPrefix("/users/b?"):
      return .json(DirectoryTests.user("b", enabled: false))
    default: return nil
    }
  }
  /// A life that has listed a and b.
  static func firstLife() async -> MemoryState {
    let graph = FakeGraph { Self.answer($0) }
    let task = Task {
      try await graph.plugin(["read": FakeGraph.readSection()]).publishDirectory(to: RecordingDirectory())
    }
    #expect(await eventually { graph.kit.state.values[KeptDirectory.name] != nil })
    task.cancel()
    return graph.kit.state
  }
  static func restart(
    _ state: MemoryState, users: ConfigValue = [:], expired: Bool = false, until changes: Int
  ) async -> (FakeGraph, [String]) {
    let graph = FakeGraph(state: state) { Self.answer($0, expired: expired) }
    let plugin = graph.plugin(["read": FakeGraph.readSection(), "users": users])
    let directory = RecordingDirectory()
    let task = Task { try await plugin.publishDirectory(to: directory) }
    #expect(await eventually { directory.changes.count >= changes })
    task.cancel()
    return (graph, DirectoryTests.texts(directory.changes))
  }

  @Test func usersAreKnownAtOnceAndChangesFollow() async {
    let (graph, changes) = await Self.restart(await Self.firstLife(), until: 2)
    #expect(changes == ["snapshot a b", #"upsert b excluded(reason: "account disabled")"#])
    #expect(!graph.calls.contains { $0.hasPrefix("GET /users?") }, "the list is not read again")
  }

  @Test func aMarkThatIsTooOldMeansTheListAgain() async {
    let (_, changes) = await Self.restart(await Self.firstLife(), expired: true, until: 2)
    #expect(changes == ["snapshot a b", "snapshot a b"])
  }

  @Test func anotherQuestionHasAnotherAnswer() async {
    let state = await Self.firstLife()
    let (graph, _) = await Self.restart(state, users: ["where": ["city": ["Lyon"]]], until: 1)
    #expect(graph.calls.contains { $0.hasPrefix("GET /users?") })
  }
}
