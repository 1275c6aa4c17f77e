// What every metric means, once: the HELP lines of `/metrics` and the table in the documentation are both
// this.

import PluginAPI

/// The described metrics, in the order of the documentation.
public struct MetricTable: Sendable {
  public typealias Entry = MetricDescription

  public let entries: [Entry]
  private let byName: [String: Entry]

  /// A name described twice keeps its first description.
  public init(_ entries: [Entry]) {
    var byName: [String: Entry] = [:]
    self.entries = entries.filter { byName.updateValue(byName[$0.name] ?? $0, forKey: $0.name) == nil }
    self.byName = byName
  }

  public subscript(name: String) -> Entry? { byName[name] }

  public static func + (a: MetricTable, b: MetricTable) -> MetricTable { MetricTable(a.entries + b.entries) }

  /// A Markdown table, one row for each metric.
  public func markdown() -> String {
    let rows = entries.map { entry in
      let labels = entry.labels.map { "`\($0)`" }.joined(separator: ", ")
      let meaning = entry.meaning.replacing("|", with: "\\|")
      return "| `\(entry.name)` | \(entry.kind.rawValue) | \(labels) | \(meaning) |\n"
    }
    return "| metric | type | labels | meaning |\n|---|---|---|---|\n" + rows.joined()
  }
}
