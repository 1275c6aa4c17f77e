// Small connectors with every kind of option, so that the configuration is tested without the real ones.

import Gateway
import PluginAPI

/// Reads and writes presence.
struct ConfigChat: PollingSource, PresenceSink {
  enum Mode: String, CaseIterable { case subscribe, poll, auto }
  struct Account: Sendable {
    let username: String
    let password: Secret
  }

  static let type = "chat"
  static let summary = "A chat system, for tests"
  let id: String
  let publicURL: String?
  let tenant: String
  let retries: Int
  let isEnabled: Bool
  let mode: Mode
  let renewEvery: Duration
  let address: String?
  let trust: String?
  let words: [String]
  let names: [String: String]
  let token: Secret
  let backup: Secret?
  let accounts: [Account]
  let clientID: String
  let updatesPerSecond: Int
  let cloud: String

  init(config: ConfigSection, context: PluginContext) {
    id = context.id
    publicURL = context.publicURL
    tenant = config.string("tenant", "The tenant's id")
    retries = config.int("retries", default: 3, in: 1...10, "How often it is tried")
    isEnabled = config.bool("enabled", default: true, "Whether it is used")
    mode = config.choice("mode", default: Mode.subscribe, "How changes are found")
    renewEvery = config.duration(
      "renew_every", default: .seconds(600), in: .seconds(1) ... .seconds(3600), "How often it is renewed")
    address = config.optionalURL("address", "Where it is")
    trust = config.optionalFile("trust", "PEM file with authorities")
    words = config.strings("words", default: ["a", "b"], "Some words")
    names = config.dictionary("names", "Some names")
    token = config.secret("token", "The access token")
    backup = config.optionalSecret("backup", "Another token")
    accounts = config.sections("accounts", "Reading accounts").compactMap { account in
      let username = account.optionalString("username", "The account's name")
      let password = account.optionalSecret("password", "The account's password")
      guard let username, let password else { return nil }
      return Account(username: username, password: password)
    }
    let write = config.section("write", "How it is written")
    clientID = write.string("client_id", "Who writes")
    updatesPerSecond = write.int("updates_per_second", default: 20, in: 1...1000, "How fast")
    if !config.isScalar("cloud"), let hosts = config.optionalSection("cloud", "A word, or hosts") {
      cloud = hosts.string("login", "The login host")
    } else {
      cloud = config.string("cloud", default: "global", "A word, or hosts")
    }
    if mode == .poll { _ = config.optionalString("poll_list", "Which list is polled") }
  }

  var pollLimits: Limits { Limits() }
  var pollInterval: Duration { .seconds(20) }
  func poll(_ users: [UserID]) async throws(PluginFailure) -> [PresenceEvent] { [] }
  var deliveryLimits: Limits { Limits() }
  func held(for presence: Presence) -> Presence { presence }
  func echoes(of held: Presence) -> [Presence] { [] }
  func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] { [] }
}

/// Reads presence only.
struct ConfigSensor: StreamingSource {
  static let type = "sensor"
  static let summary = "Knows who is there, for tests"
  init(config: ConfigSection, context: PluginContext) {}
  func stream(_ roster: any Roster) async throws {}
}

/// Shows presence only.
struct ConfigLamp: PresenceSink {
  static let type = "lamp"
  static let summary = "A lamp beside a door, for tests"
  init(config: ConfigSection, context: PluginContext) {}
  var deliveryLimits: Limits { Limits() }
  func held(for presence: Presence) -> Presence { presence }
  func echoes(of held: Presence) -> [Presence] { [] }
  func deliver(_ batch: [PresenceUpdate]) async throws(PluginFailure) -> [DeliveryOutcome] { [] }
}

enum ConfigTest {
  static let types: [any Plugin.Type] = [ConfigChat.self, ConfigSensor.self, ConfigLamp.self]
  static let environment = [
    "TOKEN": "s3cret-from-environment", "TENANT": "contoso", "NUMBER": "9999", "EMPTY": "",
    "REFERENCE": "env:TOKEN", "LITERAL": "literal-s3cret",
  ]

  static func load(
    _ text: String, directory: String = "", environment: [String: String] = environment
  ) -> LoadedConfig {
    load(Array(text.utf8), directory: directory, environment: environment)
  }

  static func load(
    _ bytes: [UInt8], directory: String = "", environment: [String: String] = environment
  ) -> LoadedConfig {
    GatewayConfig.load(
      bytes: bytes, fileName: "plugins.yaml", directory: directory, environment: environment, types: types)
  }

  /// What a case's `.expected` holds.
  static func report(_ loaded: LoadedConfig) -> String {
    let lines = loaded.errors.map(\.description) + loaded.unresolvedSecrets.map { "unresolved: \($0)" }
    return lines.map { $0 + "\n" }.joined()
  }
}
