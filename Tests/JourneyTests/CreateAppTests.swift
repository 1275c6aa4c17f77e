// `pbx create-app` against a simulated PbxAdminApi: the object is there as the configuration needs it, or it is said why not.

import Connectors
import Gateway
import NIOPosix
import PBX
import PluginAPI
import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct CreateAppTests {
  private static let environment = ["PBX_APP_PASSWORD": "0123456789abcde", "TEAMS_WRITE_SECRET": "x"]

  /// One PBX whose App object `manager` has Admin ticked.
  private func withPBX(_ body: (PBXSystem, String, PBXPlugin) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let system = PBXSystem(
      world: PBXWorld(population: Population(count: 1, seed: 3), app: PBXAppObject(sip: "manager")),
      observer: PBXSite.NoObserver(), on: group.next())
    let settings = PBXSettings(appURL: "https://gw.example.com/a/b/manager", password: "secret")
    let listener = try await PBXListener(settings, in: system)
    let single = try SinglePlugin(
      ofType: "pbx", id: nil, config: "\(Journey.repository)/plugins.yaml", environment: Self.environment,
      types: registeredPlugins)
    try await attempt {
      let plugin = try #require(single.plugin as? PBXPlugin)
      try await body(system, "ws://127.0.0.1:\(listener.port)\(PBXListener.path)", plugin)
    } afterwards: {
      await single.close()
      await listener.close()
      try? await group.shutdownGracefully()
    }
  }

  private func failure(_ body: () async throws -> Void) async -> String {
    do { try await body() } catch { return "\(error)" }
    return "done"
  }

  private let url = "https://presence.example.com/contoso.example/microsoft365/presence-gateway"

  @Test func theObjectIsAsTheConfigurationNeedsIt() async throws {
    try await withPBX { system, pbx, plugin in
      var app = try plugin.appObject(isHidden: true)
      let manager = PBXAdministrator(pbx: pbx, trust: nil, app: "manager", password: "secret")
      try await plugin.create(app, as: manager, replacing: false)
      let made = try #require(await system.made.first)
      #expect([made.cn, made.sip] == ["presence-gateway", "presence-gateway"])
      #expect(made.password == "0123456789abcde")
      #expect(made.url == url)
      #expect(made.ticks == ["websocket", "hidden", "pbx", "tableusers", "impersonation"])

      let again = await failure { try await plugin.create(app, as: manager, replacing: false) }
      #expect(
        again.hasPrefix("an object presence-gateway is in that PBX already — choose another with `--sip`"))
      app.isHidden = false
      try await plugin.create(app, as: manager, replacing: true)
      #expect(await system.made.map(\.ticks) == [["websocket", "pbx", "tableusers", "impersonation"]])
      #expect(await system.made.map(\.guid) == [made.guid])

      app.sip = "presence-2"
      let refused = await failure { try await plugin.create(app, as: manager, replacing: false) }
      #expect(refused.contains("cn and h323 must be unique (error 1)"))
    }
  }

  @Test func whatIsNotAllowedIsSaid() async throws {
    try await withPBX { system, pbx, plugin in
      let app = try plugin.appObject(isHidden: true)
      let guess = PBXAdministrator(pbx: pbx, trust: nil, app: "manager", password: "guess")
      let text = await failure { try await plugin.create(app, as: guess, replacing: false) }
      #expect(text.contains("login failed (error 1) — check the name and the password of manager"))
      let nobody = PBXAdministrator(
        pbx: "ws://127.0.0.1:1/PBX0/APPS/websocket", trust: nil, app: "manager", password: "secret")
      let unreachable = await failure { try await plugin.create(app, as: nobody, replacing: false) }
      #expect(unreachable.contains("check the host"))
      #expect(await system.made.isEmpty)
    }
  }

  @Test func theFieldsAreToldWithoutTheSecret() async throws {
    try await withPBX { _, _, plugin in
      let app = try plugin.appObject(isHidden: true)
      for text in [
        "Long name   presence-gateway\n", "Name (SIP)  presence-gateway\n",
        "the value of env:PBX_APP_PASSWORD\n", "URL         \(url)\n",
        "Tick        Hidden, PbxApi, PbxTableUsers, PbxImpersonation, websocket\n",
      ] { #expect(app.instructions.contains(text), "\(text) in \(app.instructions)") }
      #expect(!app.instructions.contains("0123456789abcde"))
      #expect(app.nextSteps.contains("tab Visibility: presence-gateway with visible"))
    }
    #expect(
      PBXAdministrator(pbx: "pbx.example.com", trust: nil, app: "a", password: "b").url
        == "wss://pbx.example.com/PBX0/APPS/websocket")
  }
}

extension PBXSystem {
  fileprivate var made: [PBXMadeApp] { Array(world.madeApps.values) }
}
