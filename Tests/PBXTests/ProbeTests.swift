// What `doctor` tells of the way from the PBX: each link that can break, with its remedy.

import FoundationEssentials
import PluginAPI
import PluginTestKit
import Testing

@testable import PBX

@Suite(.timeLimit(.minutes(1))) struct ProbeTests {
  /// A gateway at the public address, played by the test, and what the probe says of it.
  private final class Examination: Sendable {
    let recorded: RecordingContext
    let socket = MemorySocket()
    private let results = Locked<[ProbeResult]>([])
    private let plugin: PBXPlugin

    init(
      _ config: ConfigValue = PluginRig.config, publicURL: String? = "https://gateway.example.com",
      icon: @escaping @Sendable (HTTPRequest) throws(HTTPClientError) -> HTTPResponse = { _ in
        HTTPResponse(status: 200, body: AppPage.icon)
      }
    ) {
      recorded = RecordingContext(http: ScriptedHTTPClient { try icon($0) })
      recorded.dialer.add(socket)
      plugin = PBXPlugin(
        config: TestConfig(config).section, context: recorded.context(id: "pbx", publicURL: publicURL))
    }

    /// One text for each result, after `meanwhile`.
    func run(_ meanwhile: (Examination) async -> Void = { _ in }) async -> [String] {
      let probe = Task { [plugin, results] in
        await plugin.probe { result in results.withLock { $0.append(result) } }
      }
      await meanwhile(self)
      await probe.value
      return results.withLock { $0 }.map { result in
        switch result.state {
        case .ok(let detail): "✓ \(result.name): \(detail ?? "")"
        case .failed(let reason, let remedy): "✗ \(result.name): \(reason) → \(remedy)"
        case .skipped(let reason): "– \(result.name): \(reason)"
        }
      }
    }

    /// Lets the visitor in, and tells this state.
    func admit(_ status: String) async {
      _ = await socket.hear("AppChallenge")
      socket.say(#"{"mt":"AppChallengeResult","challenge":"c"}"#)
      let login = await socket.hear("AppLogin")
      let proof = LoginDigest(
        app: "presence-gateway", sip: "presence-gateway", guid: String(repeating: "0", count: 32),
        dn: "Doctor", challenge: "c")
      #expect(login?.digest == proof.hex(password: "pwd"))
      socket.say(#"{"mt":"AppLoginResult","ok":true}"#)
      _ = await socket.hear("GetStatus")
      socket.say(#"{"mt":"GetStatusResult","status":\#(status)}"#)
    }
  }

  private let address =
    "✓ App address: https://gateway.example.com/example.com/presence/presence-gateway is the App object's URL"

  @Test func aRunningGatewayTellsOfItsPBXs() async {
    let examination = Examination()
    let lines = await examination.run {
      await $0.admit(
        #"""
        {"plugins":[{"id":"teams","checks":[]},{"id":"pbx","checks":[
        {"name":"login pbx","state":"ok","detail":"domain example.com","required":true},
        {"name":"login slave","state":"failing","detail":"lost","remedy":"check","required":false},
        {"name":"users","state":"pending","detail":"10 users so far","required":true}]}]}
        """#)
    }
    #expect(
      lines == [
        "✓ App password: ", address, "✓ App connection: ", "✓ login pbx: domain example.com",
        "✗ login slave: lost → check", "– users: under way: 10 users so far",
      ])
    #expect(examination.recorded.dialer.dialled == ["wss://gateway.example.com/example.com/presence"])
  }

  @Test func anotherPasswordThereIsTold() async {
    let lines = await Examination().run { examination in
      _ = await examination.socket.hear("AppChallenge")
      examination.socket.say(#"{"mt":"AppChallengeResult","challenge":"c"}"#)
      _ = await examination.socket.hear("AppLogin")
      examination.socket.say(#"{"mt":"AppLoginResult","ok":false,"error":1,"errorText":"wrong password"}"#)
    }
    #expect(lines.count == 3)
    #expect(
      lines.last?.hasPrefix(
        "✗ App connection: https://gateway.example.com/example.com/presence: wrong password (error 1) → "
          + "the gateway that runs there has another app.password") == true)
  }

  @Test func anAddressThatLeadsElsewhereIsTold() async {
    let other = await Examination(icon: { _ in HTTPResponse(status: 200, body: [1]) }).run()
    #expect(other[1].contains("answered by something else (HTTP 200) → let the name"))
    #expect(other.last == "– App connection: the App's address does not lead here")
    let chain = await Examination(icon: { _ throws(HTTPClientError) in throw .tls("self-signed") }).run()
    #expect(chain[1].contains("self-signed → serve the whole certificate chain"))
  }

  @Test func aProxyThatSwallowsUpgradesIsTold() async {
    let examination = Examination()
    let lines = await examination.run { examination in
      _ = await examination.socket.hear("AppChallenge")
      await examination.recorded.clock.sleepers(atLeast: 1)
      examination.recorded.clock.advance(by: AppDialogue.limit)
    }
    #expect(
      lines.last?.hasSuffix(
        "no answer within 10s → let the reverse proxy pass WebSocket upgrades on this path") == true)
  }

  @Test func withoutAnAddressThePBXIsWaitedForAndMissed() async {
    let lines = await Examination(publicURL: nil).run { examination in
      await examination.recorded.clock.sleepers(atLeast: 1)
      await examination.recorded.clock.pass(.milliseconds(29_900), by: .milliseconds(100))
      examination.recorded.clock.advance(by: .milliseconds(100))
    }
    #expect(lines[1].hasPrefix("✗ App address: gateway.public.url is not set → "))
    #expect(lines.count == 3)
    #expect(lines[2].hasPrefix("✗ login pbx: PBX pbx has not logged in → Check the App object in the PBX"))
  }

  @Test func aPasswordThatIsMissingOrLongIsTold() async {
    let long: ConfigValue = [
      "master": "pbx", "app": ["path": "/a", "password": "env:0123456789abcdef"],
    ]
    let lines = await Examination(long, icon: { _ in HTTPResponse(status: 404) }).run()
    #expect(lines[0] == "✓ App password: longer than 15 characters, of which some PBXs keep no more")
    let none: ConfigValue = ["master": "pbx", "app": ["path": "/a", "password": "env:"]]
    let missing = await Examination(none).run()
    #expect(missing[0].contains(" is empty → set it to the password of the App object"))
    #expect(missing.last == "– App connection: there is no password")
  }
}
