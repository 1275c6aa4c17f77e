// The listener's rules that need no socket.

import NIOCore
import PluginAPI
import Testing

@testable import Gateway

@Suite struct WebRouterTests {
  private func route(_ path: String) -> WebRoute { WebRoute(path, .http { _ in WebResponse(200) }) }

  @Test func clashesNameBothOwners() {
    func message(_ plugins: [(String, String)], internalRoutes: [String] = []) -> String? {
      do {
        _ = try WebRouter(
          plugins: plugins.map { ($0.0, route($0.1)) },
          internalRoutes: internalRoutes.map { InternalRoute($0) { _ in WebResponse(200) } })
      } catch { return error.description }
      return nil
    }
    #expect(message([("teams", "/a"), ("pbx", "/b")]) == nil)
    #expect(message([("teams", "/a"), ("pbx", "/a")]) == "plugin teams and plugin pbx both serve /a")
    #expect(message([("teams", "/a"), ("teams", "/a")]) == "plugin teams serves /a twice")
    #expect(
      message([("teams", "/x")], internalRoutes: ["/x"]) == "the gateway and plugin teams both serve /x")
    #expect(message([("pbx", "a")]) == "plugin pbx serves \"a\", which is no path: it must begin with /")
    #expect(
      message([("pbx", "/a?b")]) == "plugin pbx serves \"/a?b\", which is no path: it must begin with /")
  }
}

@Suite struct RequestTargetTests {
  @Test(
    arguments: [
      ("/a/b?c=d?e", nil, "/a/b", "c=d?e"), ("/", nil, "/", ""), ("http://host:1/a?b", "host:1", "/a", "b"),
      ("https://host", "host", "/", ""), ("https://host?q", "host", "/", "q"),
    ] as [(String, String?, String, String)])
  func originAndAbsoluteForm(_ text: String, authority: String?, path: String, query: String) {
    let target = RequestTarget(text)
    #expect(target?.authority == authority && target?.path == path && target?.query == query)
  }

  @Test func otherFormsAreNone() {
    for text in ["*", "", "host:443", "ftp://x/a", "a/b"] { #expect(RequestTarget(text) == nil) }
  }
}

@Suite struct ConnectionDeadlineTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
  private func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

  @Test func aSlowRequestIsTimedFromItsFirstByte() {
    var deadline = ConnectionDeadline(WebLimits(), now: start)
    #expect(deadline.deadline == at(29))
    deadline.bytesArrived(now: at(5))
    #expect(deadline.deadline == at(15))
    // One byte in each packet gains nothing.
    deadline.bytesArrived(now: at(14))
    #expect(deadline.deadline == at(15))
    #expect(deadline.expiryReason == "header_timeout")
    deadline.enter(.body, now: at(14))
    #expect(deadline.deadline == at(34))
    #expect(deadline.expiryReason == "request_timeout")
  }

  @Test func thePluginsTimeIsNotTheClients() {
    var deadline = ConnectionDeadline(WebLimits(), now: start)
    deadline.enter(.answering, now: at(1))
    #expect(deadline.deadline == nil)
    deadline.bytesArrived(now: at(2))
    #expect(deadline.phase == .answering)
    deadline.enter(.writing, now: at(100))
    #expect(deadline.deadline == at(129))
    #expect(deadline.expiryReason == "slow_reader")
    deadline.enter(.idle, now: at(101))
    #expect(deadline.deadline == at(130))
    #expect(deadline.expiryReason == nil)
  }
}

@Suite struct WebSocketHeartbeatTests {
  @Test func twoUnansweredPingsAreTheEnd() {
    var heartbeat = WebSocketHeartbeat()
    #expect(heartbeat.tick() == .ping)
    #expect(heartbeat.tick() == .ping)
    #expect(heartbeat.tick() == .dead)
  }

  @Test func anySignOfLifeCounts() {
    var heartbeat = WebSocketHeartbeat()
    for _ in 0..<10 {
      #expect(heartbeat.tick() == .ping)
      #expect(heartbeat.tick() == .ping)
      heartbeat.heard()
    }
  }
}
