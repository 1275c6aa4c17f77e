// `presence-gateway metrics`: what every metric means, as the documents show it.

import ArgumentParser
import Connectors
import Gateway

struct MetricsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Prints every metric with its type, labels and meaning, as Markdown.")

  @Argument(help: "Only those of this connector type.") var type: String?

  func run() async throws {
    let table =
      try type.map { MetricTable(try registeredPlugin($0).metrics) } ?? .gateway(with: registeredPlugins)
    tell(table.markdown())
  }
}
