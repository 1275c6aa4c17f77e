// `pbx create-app` against a simulated PbxAdminApi: the object is there as the configuration needs it, or it is said why not.

import FoundationEssentials
import Gateway
import Logging
import Microsoft365
import PBX
import PluginAPI
import Sandbox
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct CreateAppTests {
  /// The PBX's end of the other direction: somebody dials and logs in as an App object with Admin ticked.
  private actor AdminSocket {
    private var world = PBXWorld(population: Population(count: 1, seed: 3))
    private let apis: [String]
    init(apis: [String]) { self.apis = apis }

    var made: [PBXMadeApp] { Array(world.madeApps.values) }

    func serve(_ connection: any WebSocketConnection) async {
      struct Message: Decodable {
        let mt: String
        let app: String?
        let appObj: String?
        let digest: String?
      }
      var settings = PBXSettings(appURL: "https://gw.example.com/a/b/manager", password: "secret")
      settings.apis = apis
      var session = PBXSession(connection: 1, settings: settings, now: .now())
      while let text = try? await connection.receive() {
        guard let message = try? JSONDecoder().decode(Message.self, from: Data(text)) else { return }
        switch message.mt {
        case "AppChallenge":
          guard message.appObj == "manager" else { return }
          try? await connection.send(
            Array(#"{"mt":"AppChallengeResult","challenge":"0123456789abcdef"}"#.utf8))
        case "AppLogin":
          let proof = PBXDigest.make(
            app: "manager", domain: "", sip: "", guid: "", dn: "", info: nil, challenge: "0123456789abcdef",
            password: "secret")
          let ok = message.app == "manager" && message.digest == proof
          try? await connection.send(Array(#"{"mt":"AppLoginResult","ok":\#(ok)}"#.utf8))
          _ = session.open(now: .now())
          for text in [
            #"{"mt":"AppChallengeResult","challenge":"0123456789abcdef"}"#,
            #"{"mt":"AppLoginResult","ok":true}"#,
          ] { _ = session.receive(text, world: &world, now: .now()) }
        default:
          for case .send(let answer, _) in session.receive(
            String(decoding: text, as: UTF8.self), world: &world, now: .now())
          { try? await connection.send(Array(answer.utf8)) }
        }
      }
    }
  }

  private static let environment = ["PBX_APP_PASSWORD": "0123456789abcde", "TEAMS_WRITE_SECRET": "x"]

  private func withPBX(
    apis: [String] = ["PbxAdminApi"], _ body: (AdminSocket, String, PBXPlugin) async throws -> Void
  ) async throws {
    let socket = AdminSocket(apis: apis)
    let server = WebServer(
      WebServerOptions(name: "pbx", listen: ListenAddress(host: "127.0.0.1", port: 0)),
      router: try WebRouter(plugins: [
        (pluginID: "pbx", route: WebRoute("/PBX0/APPS/websocket", .webSocket { await socket.serve($0) }))
      ]), logger: Logger(label: "web", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await server.start()
    let single = try SinglePlugin(
      ofType: "pbx", id: nil, config: "\(Journey.repository)/plugins.yaml", environment: Self.environment,
      types: [Microsoft365Plugin.self, PBXPlugin.self])
    let plugin = try #require(single.plugin as? PBXPlugin)
    let result: Result<Void, any Error>
    do {
      try await body(socket, "ws://127.0.0.1:\(server.port ?? 0)/PBX0/APPS/websocket", plugin)
      result = .success(())
    } catch { result = .failure(error) }
    await single.close()
    await server.stop(grace: .zero)
    try result.get()
  }

  private func failure(_ body: () async throws -> Void) async -> String {
    do { try await body() } catch { return "\(error)" }
    return "done"
  }

  private let url = "https://presence.example.com/contoso.example/microsoft365/presence-gateway"

  @Test func theObjectIsAsTheConfigurationNeedsIt() async throws {
    try await withPBX { socket, pbx, plugin in
      var app = try plugin.appObject(name: "Presence Gateway", sip: "presence-gw", isHidden: true)
      let manager = PBXAdministrator(pbx: pbx, trust: nil, app: "manager", password: "secret")
      try await plugin.create(app, as: manager, replacing: false)
      let made = try #require(await socket.made.first)
      #expect([made.cn, made.sip, made.password] == ["Presence Gateway", "presence-gw", "0123456789abcde"])
      #expect(made.url == url)
      #expect(made.ticks == ["websocket", "hidden", "pbx", "tableusers", "impersonation"])

      let again = await failure { try await plugin.create(app, as: manager, replacing: false) }
      #expect(again.hasPrefix("an object presence-gw is in that PBX already — choose another with `--sip`"))
      app.isHidden = false
      try await plugin.create(app, as: manager, replacing: true)
      #expect(await socket.made.map(\.ticks) == [["websocket", "pbx", "tableusers", "impersonation"]])
      #expect(await socket.made.map(\.guid) == [made.guid])

      app.sip = "presence-2"
      let refused = await failure { try await plugin.create(app, as: manager, replacing: false) }
      #expect(refused.contains("cn and h323 must be unique (error 1)"))
    }
  }

  @Test func whatIsNotAllowedIsSaid() async throws {
    try await withPBX { socket, pbx, plugin in
      let app = try plugin.appObject(name: "Presence Gateway", sip: "presence-gw", isHidden: true)
      let guess = PBXAdministrator(pbx: pbx, trust: nil, app: "manager", password: "guess")
      let text = await failure { try await plugin.create(app, as: guess, replacing: false) }
      #expect(text.contains("login refused — check the name and the password of manager"))
      let nobody = PBXAdministrator(
        pbx: "ws://127.0.0.1:1/PBX0/APPS/websocket", trust: nil, app: "manager", password: "secret")
      let unreachable = await failure { try await plugin.create(app, as: nobody, replacing: false) }
      #expect(unreachable.contains("check the host"))
      #expect(await socket.made.isEmpty)
    }
  }

  @Test func theFieldsAreToldWithoutTheSecret() async throws {
    try await withPBX { _, _, plugin in
      let app = try plugin.appObject(name: "Presence Gateway", sip: "presence-gw", isHidden: true)
      for text in [
        "Long name   Presence Gateway\n", "Name (SIP)  presence-gw\n", "the value of env:PBX_APP_PASSWORD\n",
        "URL         \(url)\n", "Tick        Hidden, websocket, PbxApi, PbxTableUsers, PbxImpersonation\n",
      ] { #expect(app.instructions.contains(text), "\(text) in \(app.instructions)") }
      #expect(!app.instructions.contains("0123456789abcde"))
      #expect(app.nextSteps.contains("tab Visibility: presence-gw with visible"))
    }
    #expect(
      PBXAdministrator(pbx: "pbx.example.com", trust: nil, app: "a", password: "b").url
        == "wss://pbx.example.com/PBX0/APPS/websocket")
  }
}
