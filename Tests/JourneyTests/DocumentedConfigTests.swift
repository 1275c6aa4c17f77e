// Every YAML example of the documents loads, without a mistake and without a warning.

import Connectors
import FoundationEssentials
import Gateway
import Testing

struct DocumentedConfigTests {
  private static let teams = """
      teams:
        type: microsoft365
        tenant: 11111111-2222-3333-4444-555555555555

    """
  private static let pbx = """
      pbx: { type: pbx, master: pbx, app: { path: /a/b, password: "env:PBX_APP_PASSWORD" } }

    """
  private static let read = "    read:\n      client_id: aaaaaaaa-1111-4222-8333-444444444444\n"
  private static let accounts =
    "      accounts: [{ username: a@contoso.example, password: \"env:TEAMS_SYNC1_PASSWORD\" }]\n"
  private static let write =
    "    write: { client_id: bbbbbbbb-1111-4222-8333-444444444444, client_secret: \"env:TEAMS_WRITE_SECRET\" }\n"
  private static let gateway = "gateway: { public: { url: \"https://presence.example.com\" } }\n"
  private static let routes = "routes: [{ from: teams, to: pbx }, { from: pbx, to: teams }]\n"

  /// What an example leaves out, because it stands elsewhere, put around it.
  private func whole(_ example: String) -> String {
    let has = { (key: String) in example.hasPrefix("\(key):") || example.contains("\n\(key):") }
    var text = has("gateway") ? "" : Self.gateway
    if example.hasPrefix("      accounts:") {
      text += "plugins:\n" + Self.teams + Self.read + example + Self.write + Self.pbx
    } else if example.hasPrefix("    write:") {
      text += "plugins:\n" + Self.teams + Self.read + Self.accounts + example + Self.pbx
    } else if !has("plugins") {
      text += "plugins:\n" + Self.teams + Self.read + Self.accounts + Self.write + Self.pbx + example
    } else {
      text += example
      if !example.contains("\n  pbx:") { text += Self.pbx }
      if !example.contains("\n  teams") { text += Self.teams + Self.read + Self.accounts + Self.write }
    }
    return has("routes") ? text : text + Self.routes
  }

  @Test(arguments: [
    ("docs/routes.md", 1), ("docs/migration.md", 1), ("docs/operation.md", 2),
    ("Sources/Plugins/PBX/README.md", 2), ("Sources/Plugins/Microsoft365/README.md", 4),
  ])
  func itsExamplesLoad(document: String, count: Int) throws {
    let examples = try Journey.file(document).split(separator: "```yaml\n", omittingEmptySubsequences: false)
      .dropFirst().map {
        String($0[..<($0.firstRange(of: "```")?.lowerBound ?? $0.endIndex)])
      }
    // Other programs' files are YAML too.
    let ours = examples.filter { !$0.contains("scrape_configs") }
    #expect(ours.count == count)
    for example in ours {
      let loaded = GatewayConfig.load(
        text: whole(example), fileName: document, directory: "", environment: [:],
        types: registeredPlugins)
      #expect((loaded.errors + loaded.warnings).map(\.description) == [], "\(whole(example))")
    }
  }
}
