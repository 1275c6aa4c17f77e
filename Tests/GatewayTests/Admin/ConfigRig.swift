// A configuration whose `gateway:` section is what the test is about.

import PluginAPI

@testable import Gateway

enum ConfigRig {
  static func gateway(_ yaml: String, environment: [String: String] = [:]) -> LoadedConfig {
    let text = """
      gateway: { \(yaml) }
      plugins: {}
      routes: []
      """
    return GatewayConfig.load(
      text: text, fileName: "plugins.yaml", directory: "", environment: environment, types: [])
  }
}
