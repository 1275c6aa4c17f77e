// A check mark of a gateway, as it says it in its state or as this process has it, told as a probe's result.

import FoundationEssentials
import PluginAPI

struct StatusCheck: Sendable, Decodable {
  private let name: String
  private let state: String
  private let detail: String?
  private let remedy: String?

  init(_ check: Check) {
    name = check.name
    switch check.state {
    case .ok(let detail): (state, self.detail, remedy) = ("ok", detail, nil)
    case .pending(let progress): (state, detail, remedy) = ("pending", progress, nil)
    case .failing(let reason, let remedy): (state, detail, self.remedy) = ("failing", reason, remedy)
    }
  }

  var result: ProbeResult {
    switch state {
    case "ok": ProbeResult(name, .ok(detail: detail))
    case "pending": ProbeResult(name, .skipped(reason: "under way" + (detail.map { ": \($0)" } ?? "")))
    default:
      ProbeResult(name, .failed(reason: detail ?? "not working", remedy: remedy ?? "see the admin page"))
    }
  }

  /// Those of a plugin in a GetStatusResult; nil when no gateway runs behind it.
  static func all(of plugin: String, in answer: [UInt8]) -> [StatusCheck]? {
    struct Answer: Decodable {
      struct Plugin: Decodable {
        let id: String
        let checks: [StatusCheck]
      }
      struct Status: Decodable { let plugins: [Plugin]? }
      let status: Status
    }
    let plugins = try? JSONDecoder().decode(Answer.self, from: Data(answer)).status.plugins
    return plugins.map { $0.first { $0.id == plugin }?.checks ?? [] }
  }
}
