// `presence-gateway plugins`: the registered connectors and all their options.

import ArgumentParser
import Connectors
import Gateway
import PluginAPI

struct PluginsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins", abstract: "Lists the registered connectors with all their options.")

  @Argument(help: "Only this connector type.") var type: String?
  @Flag(help: "Print the JSON schema of plugins.yaml, for editors.") var schema = false
  @Flag(help: "Print the options as a Markdown table.") var markdown = false

  func run() async throws {
    if schema { return tell(SchemaWriter.schema(for: registeredPlugins)) }
    if let type {
      let plugin = try registeredPlugin(type)
      return tell(markdown ? OptionTable.markdown(for: plugin) : OptionTable.text(for: plugin))
    }
    for type in registeredPlugins {
      let text =
        markdown ? "## \(type.type)\n\n\(OptionTable.markdown(for: type))" : OptionTable.text(for: type)
      tell(text + "\n")
    }
  }
}

/// The registered connector of that type; says which there are when there is none.
func registeredPlugin(_ type: String) throws -> any Plugin.Type {
  if let plugin = registeredPlugins.first(where: { $0.type == type }) { return plugin }
  throw ValidationError(
    "no connector \"\(type)\", only \(registeredPlugins.map { $0.type }.joined(separator: ", "))")
}
