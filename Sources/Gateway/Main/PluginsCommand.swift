// `presence-gateway plugins`: the registered connectors and all their options.

import ArgumentParser
import Gateway

struct PluginsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins", abstract: "Lists the registered connectors with all their options.")

  @Flag(help: "Print the JSON schema of plugins.yaml, for editors.") var schema = false
  @Flag(help: "Print the options of each connector as a Markdown table.") var markdown = false

  func run() async throws {
    if schema { return Terminal.write(SchemaWriter.schema(for: registeredPlugins)) }
    for type in registeredPlugins {
      let text =
        markdown ? "## \(type.type)\n\n\(OptionTable.markdown(for: type))" : OptionTable.text(for: type)
      Terminal.write(text + "\n")
    }
  }
}
