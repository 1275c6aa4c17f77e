// The App's page: who may ask for the gateway's state, how often, and that its files are served as they should be.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct VisitTests {
  private func visit(_ change: (inout SessionSettings) -> Void = { _ in }) -> SessionRig {
    var rig = SessionRig(change)
    _ = rig.receive(#"{"mt":"AppChallenge"}"#)
    _ = rig.receive(PBXText.login(challenge: "0123456789abcdef", sip: "ada"))
    return rig
  }
  private let asking = #"{"mt":"GetStatus","src":"s"}"#

  @Test func theStateIsToldOnceASecondAtMost() {
    var rig = visit()
    #expect(rig.receive(asking) == [.askedForStatus(src: "s")])
    #expect(rig.receive(asking) == [])
    #expect(rig.receive(#"{"mt":"GetStatus","src":"t"}"#) == [])
    #expect(rig.advance(.milliseconds(999)) == [])
    #expect(rig.advance(.milliseconds(1)) == [.askedForStatus(src: "t")])
    #expect(rig.advance(.seconds(1)) == [])
  }

  @Test func aPageThatNobodyLooksAtIsClosed() {
    var rig = visit()
    #expect(rig.advance(.seconds(179)) == [])
    _ = rig.receive(#"{"mt":"KeepAlive"}"#)
    #expect(rig.advance(.seconds(179)) == [])
    #expect(rig.advance(.seconds(1)) == [.close("a page that nobody looks at any more")])
  }

  @Test func aUserOfAnotherDomainIsRefused() {
    var rig = SessionRig { $0.domain = "contoso.example" }
    _ = rig.receive(#"{"mt":"AppChallenge"}"#)
    let effects = rig.receive(PBXText.login(challenge: "0123456789abcdef", sip: "ada"))
    #expect(effects.contains(.refused(.otherDomain)))
    #expect(!effects.contains(.visited))
  }

  @Test func onlyALoginGetsTheState() async throws {
    let rig = PluginRig()
    try await rig.run {
      let stranger = rig.dial()
      stranger.say(asking)
      stranger.say(#"{"mt":"AppChallenge"}"#)
      let challenge = try #require(await stranger.hear())
      #expect(challenge.mt == "AppChallengeResult")
      stranger.say(PBXText.login(challenge: challenge.challenge ?? "", password: "guess", sip: "ada"))
      #expect(await stranger.hear()?.ok == false)

      let visitor = await rig.visit()
      visitor.say(#"{"mt":"GetStatus","src":"\"s"}"#)
      let status = try #require(await visitor.hear())
      #expect(status.mt == "GetStatusResult")
      #expect(status.src == "\"s")
      #expect(status.status == [:])
      #expect(rig.metrics.total("presence_gateway_pbx_logins_total{result=visitor}") == 1)
      #expect(rig.metrics.total("presence_gateway_pbx_logins_total{result=wrong_digest}") == 1)
      #expect(rig.state("login pbx") != .ok(detail: "domain example.com"))
    }
  }

  @Test func thereIsALimitToPages() async throws {
    let rig = PluginRig()
    try await rig.run {
      var visitors: [MemorySocket] = []
      for _ in 0..<Switchboard.maxVisitors { visitors.append(await rig.visit()) }
      let tooMany = await rig.visit()
      tooMany.say(asking)
      #expect(await tooMany.hear() == nil)
      visitors[0].say(asking)
      #expect(await visitors[0].hear()?.mt == "GetStatusResult")
      // A page that is closed makes room.
      await visitors[1].close()
      #expect(await eventually { await rig.plugin.switchboard.lines.count == Switchboard.maxVisitors - 1 })
      let next = await rig.visit()
      next.say(asking)
      #expect(await next.hear()?.mt == "GetStatusResult")
    }
  }

  @Test func theFilesAreServedBesideTheSocket() async throws {
    let rig = PluginRig()
    #expect(
      rig.plugin.routes.map(\.path) == [
        "/example.com/presence", "/example.com/presence/presence-gateway.htm",
        "/example.com/presence/presence-gateway.png", "/example.com/presence/app.css",
        "/example.com/presence/app.js",
      ])
    for route in rig.plugin.routes {
      guard case .get(let answer) = route.handler else { continue }
      let response = await answer(WebRequest(method: "GET", path: route.path))
      #expect(response.status == 200 && !response.body.isEmpty)
      let policy = response.headers.first { $0.name == "content-security-policy" }?.value
      #expect(policy?.hasPrefix("default-src 'none'; ") == true)
      #expect(policy?.contains("unsafe") == false)
    }
  }

  @Test func theNameIsAnOption() {
    let rig = PluginRig([
      "master": "pbx", "app": ["path": "/a", "name": "teams", "password": "env:pwd"],
    ])
    #expect(rig.plugin.routes.map(\.path).prefix(2) == ["/a", "/a/teams.htm"])
    let reader = TestConfig([
      "master": "pbx", "app": ["path": "/a", "name": "a/b", "password": "env:x"],
    ])
    _ = PBXOptions(reader.section)
    #expect(reader.errors == ["app.name: must be of letters, digits, -, _ and ., is a/b"])
  }
}

extension PluginRig {
  /// Dials and logs in as a user does through myApps.
  func visit() async -> MemorySocket {
    let socket = dial()
    socket.say(#"{"mt":"AppChallenge"}"#)
    let challenge = await socket.hear("AppChallengeResult")?.challenge ?? ""
    socket.say(PBXText.login(challenge: challenge, sip: "ada", extra: #","pbxObj":"presence-gw""#))
    _ = await socket.hear("AppLoginResult")
    return socket
  }
}
