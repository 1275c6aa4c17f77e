// `login` that cannot succeed makes no state file: made by root, it would lock the service out.

import Connectors
import FoundationEssentials
import Gateway
import Logging
import Testing

struct LoginRefusalTests {
  @Test(arguments: [
    ("teams", "", "a sign-in is kept encrypted only: set gateway.secrets_key to env:NAME or file:PATH"),
    ("pbx", "env:KEY", "pbx has no accounts"),
  ])
  func nothingIsMade(plugin: String, key: String, reason: String) throws {
    let folder = try temporaryFolder("login")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let environment = [
      "PRESENCE_STATE": "sqlite:\(folder)/state.db", "PRESENCE_SECRETS_KEY": key,
      "KEY": String(repeating: "0f", count: 32),
    ]
    do throws(SinglePlugin.Failure) {
      _ = try SinglePlugin(
        id: plugin, config: "\(Journey.repository)/plugins.yaml", environment: environment,
        types: registeredPlugins,
        logger: Logger(label: "login", factory: { _ in SwiftLogNoOpLogHandler() }))
      Issue.record("must be refused")
    } catch { #expect(error.description.hasPrefix(reason), "\(error)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
  }
}
