// The App object fits the direction of the connection and the names that `connect` logs in with.

import PluginTestKit
import Testing

@testable import PBX

struct AppObjectTests {
  private func plugin(_ more: [String: ConfigValue]) -> PBXPlugin {
    var config: [String: ConfigValue] = [
      "master": "pbx", "domain": "example.com", "app": ["path": "/a/b", "password": "env:pwd"],
    ]
    config.merge(more) { $1 }
    let recorded = RecordingContext()
    return PBXPlugin(
      config: TestConfig(.mapping(config)).section,
      context: recorded.context(id: "pbx", publicURL: "https://gw.example.com"))
  }
  private let dialling: [String: ConfigValue] = [
    "connect": [["url": "wss://PBX.example.com:8443/PBX0/APPS/websocket", "app": "gw"]]
  ]

  @Test func itsNamesAreThoseTheGatewayLogsInWith() throws {
    let plain = try plugin([:]).appObject(isHidden: true)
    #expect([plain.sip, plain.name] == ["presence-gateway", "presence-gateway"])
    #expect(DialledPBX.host(of: "wss://[::1]:443/PBX0") == "[::1]" && DialledPBX.host(of: "[::1]") == "[::1]")
    for pbx in ["pbx.example.com", "wss://pbx.example.com:8443/PBX0/APPS/websocket"] {
      let dialled = try plugin(dialling).appObject(isHidden: true, in: pbx)
      #expect([dialled.sip, dialled.name] == ["gw", "gw"])
      let chosen = try plugin(dialling).appObject(name: "Gateway", sip: "x", isHidden: true, in: pbx)
      #expect([chosen.sip, chosen.name] == ["x", "Gateway"])
    }
  }

  @Test func itsPasswordIsTheOneThatThisPBXIsDialledWith() throws {
    let north = "wss://pbx.example.com/NORTH/APPS/websocket"
    let plugin = plugin([
      "connect": [
        ["url": "wss://pbx.example.com/PBX0/APPS/websocket", "app": "gw"],
        [
          "url": .scalar(north), "app": "gw-north", "password": "env:north", "domain": "north.example.com",
          "name_in_challenge": "false",
        ],
      ]
    ])
    for (pbx, sip, password) in [
      (north, "gw-north", "north"), ("pbx.example.com", "gw", "pwd"),
      ("wss://pbx.example.com/OTHER", "gw", "pwd"), ("south.example.com", "presence-gateway", "pwd"),
    ] {
      let app = try plugin.appObject(isHidden: true, in: pbx)
      #expect(app.sip == sip)
      #expect(try app.password.reveal() == password)
    }
    #expect(!plugin.namesApp(at: north) && plugin.namesApp(at: "wss://pbx.example.com/OTHER"))
  }

  @Test func aPBXThatIsDialledNeedsNoWebsocketTick() throws {
    let ticks = "PbxApi, PbxTableUsers, PbxImpersonation"
    let dialled = try plugin(dialling).appObject(isHidden: false, in: "pbx.example.com")
    #expect(dialled.instructions.contains("Tick        \(ticks)\n"))
    let request = String(decoding: try dialled.update(guid: nil, password: "pwd"), as: UTF8.self)
    #expect(request.contains(#""websocket":false"#))

    let other = try plugin(dialling).appObject(isHidden: false, in: "north.example.com")
    #expect(other.instructions.contains("Tick        \(ticks), websocket\n"))
    #expect(other.sip == "presence-gateway")
    let each = try plugin(dialling).appObject(isHidden: false)
    #expect(each.instructions.contains("\(ticks), websocket (not in a PBX that the gateway dials)\n"))
  }
}
