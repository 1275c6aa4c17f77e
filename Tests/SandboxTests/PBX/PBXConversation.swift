// A gateway's side of the conversation with a PBX session, without sockets and without time.

import NIOCore

@testable import Sandbox

struct PBXConversation {
  var world: PBXWorld
  var session: PBXSession
  var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
  var refusals: [String] = []
  var accepted: [PBXShown] = []
  var closed: String?

  static let population = Population(count: 3, seed: 7)
  static let url = "https://gw.example.com/contoso.example/microsoft365/innovaphone-microsoft365"

  init(
    pbxs: [String] = ["pbx"], variant: PBXVariant = PBXVariant(), isDialled: Bool = false,
    _ change: (inout PBXSettings) -> Void = { _ in }
  ) {
    var settings = PBXSettings(appURL: Self.url, password: "pwd")
    change(&settings)
    world = PBXWorld(
      population: Self.population, pbxs: pbxs, variant: variant,
      databaseGUID: String(repeating: "d", count: 32))
    session = PBXSession(connection: 1, settings: settings, isDialled: isDialled, now: now)
  }

  /// Logged in, the greeting behind it.
  static func serving(
    pbxs: [String] = ["pbx"], variant: PBXVariant = PBXVariant(),
    _ change: (inout PBXSettings) -> Void = { _ in }
  ) -> PBXConversation {
    var conversation = PBXConversation(pbxs: pbxs, variant: variant, change)
    _ = conversation.open()
    _ = conversation.say(#"{"mt":"AppChallengeResult","challenge":"0123456789abcdef"}"#)
    _ = conversation.say(#"{"mt":"AppLoginResult","ok":true}"#)
    return conversation
  }

  mutating func open() -> [String] { heard(session.open(now: now)) }

  /// The gateway says something; what the PBX answers.
  mutating func say(_ text: String) -> [String] { heard(session.receive(text, world: &world, now: now)) }

  /// Something happens in the PBX; what the gateway hears of it.
  mutating func meanwhile(_ change: (inout PBXWorld) -> [PBXChange]) -> [String] {
    change(&world).flatMap { heard(session.hear($0, world: world, now: now)) }
  }

  mutating func heard(_ effects: [PBXEffect]) -> [String] {
    var texts: [String] = []
    for effect in effects {
      switch effect {
      case .send(let text, _): texts.append(text)
      case .close(let reason): closed = reason
      case .loggedIn, .undone: break
      case .accepted(let shown): accepted.append(shown)
      case .refused(let reason): refusals.append(reason)
      case .changed(let change): texts += heard(session.hear(change, world: world, now: now))
      }
    }
    return texts
  }

  func person(_ id: Int) -> SandboxPerson { Self.population.people[id] }
}
