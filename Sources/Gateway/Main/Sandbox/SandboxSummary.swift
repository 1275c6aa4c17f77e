// What a run of the sandbox showed, in words and as JSON.

import FoundationEssentials
import Gateway
import NIOCore
import Sandbox

struct SandboxSummary {
  let figures: LatencyFigures
  /// As the gateway counted them.
  let deliveries: [StatusSnapshot.Route]
  let exitCode: Int32
  let leftovers: [String]
  let residentBytes: Int
  let people: Int
  let startSeconds: Double
  let subscriptionsMade: Int

  func text() -> String {
    var lines = [
      "Summary",
      "  Teams → PBX: \(side(figures.teams, other: figures.pbx))",
      "  PBX → Teams: \(side(figures.pbx, other: figures.teams))",
      "  gateway: \(residentBytes / 1_000_000) MB resident, \(people) people, "
        + "answering \(Int(startSeconds * 1000)) ms after its start, exit code \(exitCode)",
    ]
    for route in deliveries {
      lines.append(
        "  \(route.from) → \(route.to): \(route.delivered) updates accepted, \(route.failed) refused")
    }
    for (reason, count) in figures.refusals.sorted(by: { $0.value > $1.value }) {
      lines.append("  refused \(count) ×: \(reason)")
    }
    if leftovers.isEmpty {
      lines.append("  ✓ nothing of the gateway is left in either system")
    } else {
      lines.append("  ✗ left behind: \(leftovers.count)")
      lines += leftovers.prefix(10).map { "      \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func side(_ source: LatencyFigures.Side, other: LatencyFigures.Side) -> String {
    let latency =
      source.latency.count == 0
      ? "nothing measured"
      : "p50 \(FigureLine.milliseconds(source.latency.p50)) ms, p99 \(FigureLine.milliseconds(source.latency.p99)) ms, "
        + "max \(FigureLine.milliseconds(source.latency.max)) ms"
    return "\(source.changes) changes, \(source.latency.count) passed on, \(other.writes) writes "
      + "(\(other.repeats) of what was there); \(latency)"
  }

  private struct Side: Encodable {
    let changes, passedOn, writes, repeats: Int
    let p50ms, p99ms, maxms: Double
    init(_ source: LatencyFigures.Side, other: LatencyFigures.Side) {
      changes = source.changes
      passedOn = source.latency.count
      writes = other.writes
      repeats = other.repeats
      p50ms = Double(source.latency.p50.nanoseconds) / 1e6
      p99ms = Double(source.latency.p99.nanoseconds) / 1e6
      maxms = Double(source.latency.max.nanoseconds) / 1e6
    }
  }
  private struct Document: Encodable {
    let teamsToPBX, pbxToTeams: Side
    let people, residentBytes, leftovers, subscriptionsMade: Int
    let startMilliseconds: Double
    let exitCode: Int32
    let refusals: [String: Int]
    let deliveries: [StatusSnapshot.Route]
  }

  func json() -> String {
    let document = Document(
      teamsToPBX: Side(figures.teams, other: figures.pbx),
      pbxToTeams: Side(figures.pbx, other: figures.teams),
      people: people, residentBytes: residentBytes, leftovers: leftovers.count,
      subscriptionsMade: subscriptionsMade, startMilliseconds: startSeconds * 1000, exitCode: exitCode,
      refusals: figures.refusals,
      deliveries: deliveries)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(document) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
