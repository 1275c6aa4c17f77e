// One line for each step of the start, with a check mark as soon as it is done.

import Gateway

/// Pure: statuses in, lines out.
struct StartupLines {
  private var shown: Set<String> = []

  /// Lines for steps that have come to an end since the last call.
  mutating func news(_ status: StatusSnapshot) -> [String] {
    var lines: [String] = []
    for (plugin, check) in steps(status) where check.state != .pending {
      let key = "\(plugin) \(check.name) \(check.state.rawValue)"
      guard shown.insert(key).inserted else { continue }
      lines.append(line(plugin, check, mark: check.state == .ok ? "✓" : "✗"))
    }
    return lines
  }

  /// The step under way, with its count.
  func progress(_ status: StatusSnapshot) -> String? {
    steps(status).first { $0.1.state == .pending && $0.1.required }.map { line($0.0, $0.1, mark: "…") }
  }

  private func steps(_ status: StatusSnapshot) -> [(String, StatusSnapshot.Check)] {
    status.plugins.flatMap { plugin in plugin.checks.map { (plugin.id, $0) } }
  }

  private func line(_ plugin: String, _ check: StatusSnapshot.Check, mark: String) -> String {
    var text = "\(mark) \(plugin): \(check.name)"
    if let detail = check.detail { text += " — \(detail)" }
    if let remedy = check.remedy { text += "\n    \(remedy)" }
    return text
  }
}
