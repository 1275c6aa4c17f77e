// The table of people while the sandbox runs: who changed last, on which side, and how long the other side took.

import NIOCore
import Sandbox

/// Pure: a snapshot in, the lines of a screen out.
struct LiveTable {
  let company: String
  let page: String
  let columns: Int
  let rows: Int

  func lines(_ snapshot: LatencyBook.Snapshot, people: [SandboxPerson], elapsed: Int, now: NIODeadline)
    -> [String]
  {
    var lines = [
      "\(company) · \(elapsed) s · admin page \(page) · Ctrl-C ends it",
      FigureLine.text(snapshot.figures), "",
      row("person", "Teams", "PBX", "last change", "reached the other side"),
    ]
    let recent = snapshot.lines.filter { $0.changedAt != nil }.sorted {
      ($0.changedAt ?? .distantPast, $0.person) > ($1.changedAt ?? .distantPast, $1.person)
    }
    for line in recent.prefix(max(0, rows - lines.count - 1)) {
      let arrow = line.changedOn == .teams ? "Teams →" : "PBX →"
      let age = line.changedAt.map { "\((now - $0).nanoseconds / 1_000_000_000) s ago" } ?? ""
      lines.append(
        row(
          people[line.person].displayName, line.teams ?? "–", line.pbx ?? "–", "\(arrow) \(age)",
          line.latency.map { "\(FigureLine.milliseconds($0)) ms" } ?? "nothing to tell"))
    }
    return lines
  }

  private func row(_ cells: String...) -> String {
    let widths = [20, 24, 16, 18, 24]
    let text = zip(cells, widths).map { cell, width in
      let short = cell.count > width ? String(cell.prefix(width - 1)) + "…" : cell
      return short + String(repeating: " ", count: width - short.count)
    }.joined(separator: " ")
    return String(text.prefix(columns - 1))
  }
}

enum FigureLine {
  static func text(_ figures: LatencyFigures) -> String {
    "Teams → PBX: \(side(figures.teams, writes: figures.pbx.writes)) · "
      + "PBX → Teams: \(side(figures.pbx, writes: figures.teams.writes))"
  }

  /// With one decimal.
  static func milliseconds(_ time: TimeAmount) -> String {
    let tenths = (time.nanoseconds + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func side(_ source: LatencyFigures.Side, writes: Int) -> String {
    let latency =
      source.latency.count == 0
      ? "" : ", p50 \(milliseconds(source.latency.p50)) ms, p99 \(milliseconds(source.latency.p99)) ms"
    return "\(source.changes) changes, \(writes) writes\(latency)"
  }
}
