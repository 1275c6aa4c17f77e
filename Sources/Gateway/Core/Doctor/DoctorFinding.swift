// One line of `doctor`: what was tried, for whom, and what came of it.

import FoundationEssentials
import PluginAPI

public struct DoctorFinding: Sendable, Hashable {
  /// A plugin's id, or `gateway`.
  public let part: String
  public let result: ProbeResult

  public init(part: String, result: ProbeResult) {
    self.part = part
    self.result = result
  }

  public var hasFailed: Bool {
    if case .failed = result.state { true } else { false }
  }

  /// `✓ teams: users — 250 users`, with the remedy of a failure on a second line.
  public var text: String {
    let what = "\(part): \(result.name)"
    switch result.state {
    case .ok(let detail): return "✓ \(what)" + (detail.map { " — \($0)" } ?? "") + "\n"
    case .failed(let reason, let remedy): return "✗ \(what) — \(reason)\n    → \(remedy)\n"
    case .skipped(let reason): return "– \(what) — not tried: \(reason)\n"
    }
  }
}

/// All findings as JSON: `ok` is whether nothing failed; `state` is `ok`, `failed` or `skipped`.
public struct DoctorReport: Sendable, Encodable {
  struct Row: Sendable, Encodable {
    var part: String
    var name: String
    var state: String
    var detail: String?
    var remedy: String?
  }
  let ok: Bool
  let findings: [Row]

  public init(_ findings: [DoctorFinding]) {
    ok = !findings.contains(where: \.hasFailed)
    self.findings = findings.map { finding in
      var row = Row(part: finding.part, name: finding.result.name, state: "ok")
      switch finding.result.state {
      case .ok(let detail): row.detail = detail
      case .failed(let reason, let remedy): (row.state, row.detail, row.remedy) = ("failed", reason, remedy)
      case .skipped(let reason): (row.state, row.detail) = ("skipped", reason)
      }
      return row
    }
  }

  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
