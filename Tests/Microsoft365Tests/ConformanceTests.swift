// The connector keeps the contract, as every connector must.

import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct ConformanceTests {
  private static let both: [String: ConfigValue] = [
    "read": FakeGraph.readSection(), "write": FakeGraph.writeSection,
  ]

  @Test func asAPlugin() async {
    let config = Self.both.merging(["tenant": .scalar(FakeGraph.tenant)]) { $1 }
    #expect(await Conformance.plugin(Microsoft365Plugin.self, config: .mapping(config)) == [])
  }

  @Test func asADirectory() async {
    let graph = FakeGraph { DirectoryRestartTests.answer($0) }
    #expect(await Conformance.directory(graph.plugin(Self.both)) == [])
  }

  @Test func whenItIsAsked() async {
    let graph = FakeGraph { request in
      guard request.url.hasSuffix("/getPresencesByUserId") else { return nil }
      return .json(
        #"{"value":[{"id":"u1","availability":"Busy","activity":"InAMeeting"},"#
          + #"{"id":"u2","availability":"Away","activity":"Away"}]}"#)
    }
    let plugin = graph.plugin(["read": PollTests.pollSection])
    #expect(await Conformance.polling(plugin, users: ["u1", "u2"], stranger: "u3") == [])
  }

  @Test func asAStream() async {
    let graph = FakeGraph()
    let plugin = graph.plugin(Self.both)
    #expect(
      await Conformance.streaming(plugin, watching: ["u1"], emitted: { graph.kit.inlet.events }) == [])
  }

  @Test func asASink() async {
    let graph = FakeGraph { request in
      guard request.url.contains("/presence/") else { return nil }
      return request.url.contains("/users/u1/")
        ? HTTPResponse(status: 200)
        : .json(#"{"error":{"code":"NotFound","message":"no such user"}}"#, status: 404)
    }
    #expect(
      await Conformance.sink(graph.plugin(Self.both), user: "u1", stranger: "u9") == [])
  }

  @Test func onThePublicListener() async {
    #expect(await Conformance.routes(FakeGraph().plugin(Self.both)) == [])
  }
}
