// `plugins.yaml` and `plugins.schema.json` in the repository say what the connectors read today.

import Connectors
import FoundationEssentials
import Gateway
import PluginAPI
import Testing

struct SchemaFreshTests {
  private func load(_ text: String, environment: [String: String] = [:]) -> LoadedConfig {
    GatewayConfig.load(
      text: text, fileName: "plugins.yaml", directory: Journey.repository, environment: environment,
      types: registeredPlugins)
  }

  /// Each `# key: value` line with its # taken away, and what stands indented below it.
  private func lifted(_ text: String) -> String {
    var isLifted = false
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      let indent = line.prefix { $0 == " " }
      let rest = line.dropFirst(indent.count)
      let isBelow = isLifted && rest.hasPrefix("#   ")
      let key = rest.hasPrefix("# ") ? rest.dropFirst(2).prefix { $0 != ":" } : ""
      isLifted =
        isBelow
        || !key.isEmpty && key.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" } && rest.contains(":")
      return isLifted ? String(indent + rest.dropFirst(2)) : String(line)
    }
    return lines.joined(separator: "\n")
  }

  private func keys(_ options: [OptionNode]) -> [String] {
    options.flatMap { [$0.declaration.key] + keys($0.children) }
  }

  @Test func theSchemaIsFresh() throws {
    #expect(
      try Journey.file("plugins.schema.json") == SchemaWriter.schema(for: registeredPlugins),
      "stale: Scripts/refresh-docs")
  }

  @Test func theTablesOfOptionsAreFresh() throws {
    for type in registeredPlugins {
      #expect(
        try Journey.file("Sources/Plugins/\(folder(of: type))/README.md").contains(
          OptionTable.markdown(for: type)),
        "stale: Scripts/refresh-docs")
    }
  }

  @Test func theFileWorksAsItStands() throws {
    let loaded = load(try Journey.file("plugins.yaml"))
    #expect(loaded.errors == [])
    #expect(loaded.config.plugins.map(\.id) == ["teams", "pbx"])
    #expect(loaded.config.publicListener.listen.description == "0.0.0.0:8443")
    #expect(loaded.config.publicListener.url == "https://presence.example.com")
    #expect(loaded.config.publicListener.tls == nil)
    #expect(loaded.config.admin.listen.description == "127.0.0.1:9090")
    #expect(loaded.config.routes.map { "\($0.from) → \($0.to)" } == ["teams → pbx", "pbx → teams"])
    // Of the accounts only the one with a user name counts.
    #expect(
      loaded.unresolvedSecrets.map { "\($0.path): \($0.message)" } == [
        "plugins.teams.read.accounts[0].password: environment variable TEAMS_SYNC1_PASSWORD is not set",
        "plugins.teams.write.client_secret: environment variable TEAMS_WRITE_SECRET is not set",
        "plugins.pbx.app.password: environment variable PBX_APP_PASSWORD is not set",
      ])
  }

  @Test func itsSecretsAndEndpointsComeFromTheEnvironment() throws {
    let environment = [
      "PRESENCE_LISTEN": "127.0.0.1:0", "PRESENCE_PUBLIC_URL": "https://127.0.0.1:8443",
      "PRESENCE_ADMIN_LISTEN": "[::1]:0", "PRESENCE_STATE": "memory",
      "PRESENCE_TLS_CERTIFICATE": "/tmp/c.pem",
      "PRESENCE_TLS_KEY": "/tmp/k.pem", "TEAMS_TENANT": "99999999-2222-3333-4444-555555555555",
      "TEAMS_LOGIN": "https://127.0.0.1:1", "TEAMS_GRAPH": "https://127.0.0.1:2",
      "TEAMS_TRUST": "/tmp/ca.pem",
      "TEAMS_SYNC1_PASSWORD": "p1", "TEAMS_SYNC2_USERNAME": "sync2@contoso.example",
      "TEAMS_SYNC2_PASSWORD": "p2",
      "TEAMS_WRITE_SECRET": "w", "PBX_APP_PASSWORD": "a", "PBX_DOMAIN": "contoso.example",
      "PBX_MASTER": "main",
    ]
    let loaded = load(try Journey.file("plugins.yaml"), environment: environment)
    #expect(loaded.errors == [] && loaded.unresolvedSecrets == [])
    #expect(loaded.config.publicListener.tls?.certificate == "/tmp/c.pem")
    #expect(loaded.config.publicListener.tls?.key == "/tmp/k.pem")
    #expect(loaded.config.store == .memory)
    #expect(loaded.config.admin.listen.description == "[::1]:0")
  }

  @Test func everyOptionStandsInTheFileAndItsExamplesLoad() throws {
    let text = lifted(try Journey.file("plugins.yaml"))
    #expect(load(text).errors == [])
    let written = Set(
      text.split(whereSeparator: { "\n{,".contains($0) }).compactMap { part -> String? in
        let word = part.drop { " -".contains($0) }
        return word.firstIndex(of: ":").map { String(word[..<$0]) }
      })
    for key in keys(gatewayOptions()) + registeredPlugins.flatMap({ keys(options(of: $0)) }) {
      #expect(written.contains(key), "\(key) is not in plugins.yaml")
    }
  }
}
