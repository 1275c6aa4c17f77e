// The subscription on users: lifecycle events renew it and make the directory ask, and it is renewed often enough.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import Microsoft365

@Suite(.timeLimit(.minutes(1))) struct UserHintsTests {
  struct Made: Sendable {
    var clientState = ""
    var isThere = false
    var renewals = 0
    var creations = 0
  }
  private struct Draft: Decodable { var clientState: String? }

  static func graph(_ made: Locked<Made>, isForbidden: Locked<Bool> = Locked(false)) -> FakeGraph {
    FakeGraph { request in
      if request.method == "POST", request.url.hasSuffix("/subscriptions"), isForbidden.withLock({ $0 }) {
        return HTTPResponse(status: 403)
      }
      guard request.url.contains("/subscriptions") else { return nil }
      return made.withLock { made in
        switch request.method {
        case "GET": return .json(#"{"value":[]}"#)
        case "POST":
          let draft = try? JSONDecoder().decode(Draft.self, from: Data(request.body ?? []))
          made.clientState = draft?.clientState ?? ""
          (made.isThere, made.creations) = (true, made.creations + 1)
          return .json(#"{"id":"users-\#(made.creations)"}"#, status: 201)
        case "PATCH" where made.isThere:
          made.renewals += 1
          return .json("{}")
        default: return HTTPResponse(status: made.isThere ? 204 : 404)
        }
      }
    }
  }

  @Test func whatWasMendedIsTriedWhenSomebodySaysSo() async throws {
    let (made, isForbidden) = (Locked(Made()), Locked(true))
    let graph = Self.graph(made, isForbidden: isForbidden)
    let plugin = graph.plugin(["read": FakeGraph.readSection(), "users": ["hints": "true"]])
    let hints = try #require(plugin.wiring.userHints())
    let task = Task { await hints.run() }
    #expect(
      await eventually {
        if case .failing? = graph.kit.health.checks["user hints"]?.state { true } else { false }
      })
    isForbidden.withLock { $0 = false }
    await plugin.tryAgain()
    #expect(await graph.kit.clock.pass(within: UserHints.lookEvery * 2) { made.withLock { $0.isThere } })
    task.cancel()
    await task.value
  }

  /// Graph has made it, and its id comes to nobody.
  @Test func whatWasBeingMadeAtTheStopDoesNotStay() async throws {
    let there = Locked<Set<String>>(["users-foreign"])
    let graph = FakeGraph { request in
      guard request.url.contains("/subscriptions") else { return nil }
      switch request.method {
      case "POST":
        there.withLock { _ = $0.insert("users-1") }
        try await Task.sleep(for: .seconds(60))
        return nil
      case "GET":
        let items = there.withLock { $0 }.map { id in
          let url =
            id == "users-1" ? "https://gateway.example.com/teams/subscriptions" : "https://x.example/hook"
          return #"{"id":"\#(id)","resource":"/users","notificationUrl":"\#(url)"}"#
        }
        return .json(#"{"value":[\#(items.joined(separator: ","))]}"#)
      default:
        // Nothing that is deleted after the stop was cancelled with it.
        #expect(!Task.isCancelled && request.timeout == .seconds(3))
        there.withLock { there in there = there.filter { !request.url.hasSuffix("/\($0)") } }
        return HTTPResponse(status: 204)
      }
    }
    let plugin = graph.plugin(["read": FakeGraph.readSection(), "users": ["hints": "true"]])
    let hints = try #require(plugin.wiring.userHints())
    let task = Task { await hints.run() }
    #expect(await eventually { there.withLock { $0.count } == 2 })
    task.cancel()
    await task.value
    #expect(there.withLock { $0 } == ["users-foreign"])
  }

  @Test func lifecycleEventsRenewItAndMakeTheDirectoryAsk() async throws {
    let made = Locked(Made())
    let graph = Self.graph(made)
    let plugin = graph.plugin(["read": FakeGraph.readSection(), "users": ["hints": "true"]])
    let hints = try #require(plugin.wiring.userHints())
    guard case .http(let handler)? = plugin.routes.first?.handler else { return }
    let task = Task { await hints.run() }
    await graph.kit.clock.sleepers(atLeast: 1)

    func send(_ event: String) async -> Int {
      let body =
        #"{"value":[{"lifecycleEvent":"\#(event)","subscriptionId":"users-\#(made.withLock { $0.creations })","#
        + #""clientState":"\#(made.withLock { $0.clientState })"}]}"#
      return await handler(
        WebRequest(method: "POST", path: "/teams/subscriptions", body: Array(body.utf8))
      ).status
    }
    let soon = UserHints.lookEvery * 2
    #expect(await send("reauthorizationRequired") == 202)
    #expect(await hints.book.takeUserHint())
    #expect(await graph.kit.clock.pass(within: soon) { made.withLock { $0.renewals } == 1 })
    // It is gone: made anew at once.
    made.withLock { $0.isThere = false }
    #expect(await send("subscriptionRemoved") == 202)
    #expect(await graph.kit.clock.pass(within: soon) { made.withLock { $0.creations } == 2 })
    // Without any event, within 20 minutes.
    #expect(await graph.kit.clock.pass(within: .seconds(1200)) { made.withLock { $0.renewals } == 2 })
    task.cancel()
    await task.value
  }
}
