// The plugin dials its PBXs: what it does without a connection, with a refused login, and after a loss.

import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct DiallingTests {
  private static let url = "wss://pbx.example.com/PBX0/APPS/websocket"

  private func config(_ more: [String: ConfigValue] = [:], app: [String: ConfigValue] = [:]) -> ConfigValue {
    var section: [String: ConfigValue] = ["path": "/example.com/presence", "password": "env:pwd"]
    section.merge(app) { $1 }
    var entry: [String: ConfigValue] = ["url": .scalar(Self.url), "app": "gw"]
    entry.merge(more) { $1 }
    return [
      "master": "pbx", "domain": "example.com", "app": .mapping(section), "connect": [.mapping(entry)],
    ]
  }

  /// Answers one login as a PBX does; returns whether the digest was of this password.
  private func letIn(_ socket: MemorySocket, password: String = "pwd") async -> Bool {
    guard await socket.hear("AppChallenge") != nil else { return false }
    socket.say(#"{"mt":"AppChallengeResult","challenge":"0123456789abcdef"}"#)
    guard let login = await socket.hear("AppLogin") else { return false }
    let right = LoginDigest(app: "gw", challenge: "0123456789abcdef").hex(password: password) == login.digest
    socket.say(#"{"mt":"AppLoginResult","ok":\#(right)}"#)
    return right
  }

  /// Lets time pass until so many attempts were made.
  private func untilDialled(_ count: Int, _ rig: PluginRig) async {
    #expect(
      await rig.recorded.clock.pass(within: .seconds(120)) { rig.recorded.dialer.dialled.count >= count })
  }

  @Test func aDialledPBXIsServedLikeAnyOther() async throws {
    let rig = PluginRig(config())
    let socket = MemorySocket()
    rig.recorded.dialer.add(socket)
    try await rig.run {
      #expect(await letIn(socket))
      await rig.replicate(socket, [("a", "pbx")])
      rig.roster.set(["a"])
      #expect(await socket.hear("SubscribePresence")?.sip == "sip-a")
      #expect(rig.recorded.dialer.dialled == [Self.url])
      #expect(rig.state("login pbx") == .ok(detail: "domain example.com"))
      #expect(rig.recorded.health.checks["login pbx"]?.required == true)
      async let outcomes = rig.deliver([
        PresenceUpdate(user: "a", presence: Presence(.busy), previous: nil, cause: .change)
      ])
      let set = await socket.hear("SetPresence")
      socket.say(#"{"mt":"SetPresenceResult","src":"\#(set?.src ?? "")"}"#)
      #expect(await outcomes == [.delivered(lease: nil)])
    }
  }

  @Test func aLostConnectionIsDialledAgainAndRebuilt() async throws {
    let rig = PluginRig(config())
    let (first, second) = (MemorySocket(), MemorySocket())
    rig.recorded.dialer.add(first)
    try await rig.run {
      #expect(await letIn(first))
      await rig.replicate(first, [("a", "pbx")])
      await rig.until { rig.recorded.signals.losses.count == 2 }
      await first.close()
      await rig.until {
        rig.state("login pbx")
          == .failing(
            reason: "\(Self.url): the connection was lost",
            remedy:
              "It is dialled again by itself; check `url` and that nothing between the gateway and the PBX is in "
              + "the way.")
      }
      rig.recorded.dialer.add(second)
      await untilDialled(2, rig)
      #expect(await letIn(second))
      await rig.until { rig.recorded.signals.losses.count == 4 }
      #expect(rig.recorded.signals.losses[2].users == ["a"], "calls lost with the connection are made again")
      await rig.until { rig.state("login pbx") == .ok(detail: "domain example.com") }
    }
  }

  @Test func nobodyThereIsRedAtOnceAndDialledMoreAndMoreRarely() async throws {
    let rig = PluginRig(config())
    try await rig.run {
      await rig.until {
        if case .failing(let reason, _)? = rig.state("login pbx") {
          reason == "\(Self.url): nobody listens"
        } else {
          false
        }
      }
      await rig.pass(.seconds(600))
      let dialled = rig.recorded.dialer.dialled.count
      #expect((10...50).contains(dialled), "a pause of 15 s to 30 s, after a few shorter ones: \(dialled)")
      await rig.until {
        rig.metrics.total("presence_gateway_pbx_logins_total{result=cannot_dial}")
          == rig.recorded.dialer.dialled.count
      }
      #expect(rig.log.lines.count <= 11, "one line a minute")
    }
  }

  @Test func eachPBXHasItsLineInTheLog() async throws {
    let entries: [ConfigValue] = ["north", "south"].map {
      ["url": .scalar("wss://\($0).example.com/PBX0/APPS/websocket"), "pbx": .scalar($0)]
    }
    let rig = PluginRig([
      "master": "north", "domain": "example.com", "connect": .list(entries),
      "app": ["path": "/example.com/presence", "password": "env:pwd"],
    ])
    try await rig.run {
      await untilDialled(4, rig)
      await rig.until { rig.metrics.total("presence_gateway_pbx_logins_total{result=cannot_dial}") >= 4 }
      #expect(
        rig.log.lines.sorted()
          == ["north", "south"].map {
            "warning: PBX cannot be dialled pbx=\($0) reason=wss://\($0).example.com/PBX0/APPS/websocket: nobody listens"
          })
    }
  }

  @Test func aRefusalIsNamedWithTheRemedy() async throws {
    let rig = PluginRig(config())
    let socket = MemorySocket()
    rig.recorded.dialer.add(socket)
    try await rig.run {
      #expect(await letIn(socket, password: "other") == false)
      #expect(await socket.hear("none") == nil, "closed")
      await rig.until {
        rig.state("login pbx")
          == .failing(
            reason: "\(Self.url): the PBX refused the login: it does not say why",
            remedy:
              "Check that the PBX has an App object with the name `gw` and this password: the PBX does not tell which of "
              + "the two it does not know.")
      }
      #expect(rig.metrics.total("presence_gateway_pbx_logins_total{result=refused_us}") == 1)
    }
  }

  @Test func duringARollOverThePasswordsTakeTurns() async throws {
    let rig = PluginRig(
      config(app: ["password": "env:new", "previous_passwords": ["env:older", "env:pwd"]]))
    let sockets = (0..<3).map { _ in MemorySocket() }
    for socket in sockets { rig.recorded.dialer.add(socket) }
    try await rig.run {
      #expect(await letIn(sockets[0]) == false)
      await untilDialled(2, rig)
      #expect(await letIn(sockets[1]) == false)
      await untilDialled(3, rig)
      #expect(await letIn(sockets[2]))
      await rig.until {
        rig.state("login pbx")
          == .ok(detail: "domain example.com, with one of previous_passwords: change it at the App object")
      }
    }
  }

  @Test func aNetworkThatFailsDoesNotChangeThePassword() async throws {
    let rig = PluginRig(config(app: ["password": "env:pwd", "previous_passwords": ["env:older"]]))
    try await rig.run {
      await untilDialled(1, rig)
      let mute = MemorySocket()
      rig.recorded.dialer.add(mute)
      await untilDialled(2, rig)
      #expect(await mute.hear("AppChallenge") != nil)
      await mute.close()
      let socket = MemorySocket()
      rig.recorded.dialer.add(socket)
      await untilDialled(3, rig)
      #expect(await letIn(socket), "still with the password of now")
    }
  }

  @Test func aPBXThatDialsInIsNotDialledToo() async throws {
    let rig = PluginRig(config())
    try await rig.run {
      let pbx = await rig.connect()
      #expect(await pbx.hear("ReplicateStart") != nil)
      await rig.pass(.seconds(10))
      let dialled = rig.recorded.dialer.dialled.count
      await rig.pass(.seconds(70))
      #expect(rig.recorded.dialer.dialled.count == dialled)
      #expect(rig.state("login pbx") == .ok(detail: "domain example.com"))
      await pbx.close()
      await untilDialled(dialled + 1, rig)
    }
  }

  @Test func whoMakesAnAppObjectSaysAsMuchAsWhoDials() {
    let plugin = PluginRig(config(["name_in_challenge": "false"])).plugin
    #expect(!plugin.namesApp(at: Self.url) && !plugin.namesApp(at: "wss://other/PBX0/APPS/websocket"))
    #expect(PluginRig(config()).plugin.namesApp(at: Self.url))
    #expect(PluginRig().plugin.namesApp(at: Self.url), "nothing is said about it")
  }

  @Test func wrongEntriesAreNamed() {
    func errors(_ connect: ConfigValue, domain: String = "") -> [String] {
      let reader = TestConfig([
        "master": "pbx", "domain": .scalar(domain), "connect": connect,
        "app": ["path": "/a", "password": "env:x"],
      ])
      _ = PBXOptions(reader.section)
      return reader.errors
    }
    #expect(
      errors([["url": "https://pbx/PBX0/APPS/websocket"]]) == [
        "connect[0].url: must begin with wss:// or ws://, is https://pbx/PBX0/APPS/websocket",
        "connect[0].domain: is needed here or beside `connect`: a PBX that is dialled does not tell it",
      ])
    #expect(
      errors([["url": "ws://a"], ["url": "ws://b", "pbx": "PBX"]], domain: "example.com") == [
        "connect: must name each PBX once, names PBX of example.com again"
      ])
    let reader = TestConfig([
      "master": "pbx", "connect": [["url": "ws://a", "domain": "example.com"]],
      "app": ["path": "/a", "password": "env:x", "name": "gw"],
    ])
    let options = PBXOptions(reader.section)
    #expect(reader.errors == [])
    let pbx = options.connect.first
    #expect(pbx?.app == "gw" && pbx?.name == "pbx" && pbx?.trust == nil && pbx?.namesAppInChallenge == true)
    #expect(pbx?.apis == ["PbxApi", "PbxTableUsers", "PbxImpersonation"])
    #expect(pbx?.settings(turn: 0)?.password() == "x")
    #expect(options.longestRedial == .seconds(30))
  }
}
