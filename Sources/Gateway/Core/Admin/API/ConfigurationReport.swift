// The configuration that runs, beside the file as it is now: what a reload would change, and what is wrong with it.

import FoundationEssentials
import PluginAPI

struct ConfigurationReport: Sendable {
  struct Line: Encodable, Equatable {
    enum Kind: String, Encodable { case same, added, removed }
    let kind: Kind
    let text: String
  }
  struct Problem: Encodable {
    let line: Int
    let column: Int
    let text: String
  }
  struct Answer: Encodable {
    let file: String
    let loadedAt: Date
    /// The file as it was read, without secrets; empty where it cannot be read as YAML.
    let text: String
    /// Whether the file is another now.
    let changed: Bool
    /// Only when it is, and can be read as YAML.
    let difference: [Line]
    /// The same in words, as far as it makes a difference.
    let changes: [String]
    /// What is wrong with the file as it is now.
    let problems: [Problem]
    /// Secrets that cannot be read now, and what looks like a mistake but is allowed.
    let warnings: [Problem]
  }

  private let options: PresenceGateway.Options
  private let current: @Sendable () -> LoadedConfig
  private let taken: Locked<(bytes: [UInt8], at: Date)>

  /// `current` is what runs.
  init(_ options: PresenceGateway.Options, at date: Date, current: @escaping @Sendable () -> LoadedConfig) {
    self.options = options
    self.current = current
    taken = Locked((Self.read(options.config) ?? [], date))
  }

  /// What the file says now is what runs.
  func tookOver(at date: Date) {
    let bytes = Self.read(options.config) ?? []
    taken.withLock { $0 = (bytes, date) }
  }

  func answer() -> Answer {
    let (running, loadedAt) = taken.withLock { $0 }
    let now = Self.read(options.config) ?? []
    let loaded = GatewayConfig.load(
      path: options.config, environment: options.environment, types: options.types)
    let before = SecretMask.lines(of: running, types: options.types) ?? []
    let after = SecretMask.lines(of: now, types: options.types)
    let current = current()
    let fixed = ConfigDifference.needingRestart(from: current.config, to: loaded.config)
    let isSound = loaded.errors.isEmpty
    return Answer(
      file: options.config, loadedAt: loadedAt, text: before.joined(separator: "\n"), changed: now != running,
      difference: now == running ? [] : after.map { Self.difference(before, $0) } ?? [],
      changes: isSound ? ConfigDifference.facts(from: current, to: loaded) : [],
      problems: (isSound ? fixed.map { loaded.problem($0.path, $0.message) } : loaded.errors)
        .map(Self.problem),
      warnings: (loaded.warnings + loaded.unresolvedSecrets).map(Self.problem))
  }

  static func problem(_ problem: ConfigProblem) -> Problem {
    Problem(
      line: problem.line, column: problem.column,
      text: problem.path.isEmpty ? problem.message : "\(problem.path): \(problem.message)")
  }

  private static func read(_ path: String) -> [UInt8]? {
    try? BoundedFile.read(path, limit: YAMLParser.Limits().bytes)
  }

  /// The shortest list of removed and added lines (longest common subsequence between the ends they share).
  static func difference(_ before: [String], _ after: [String]) -> [Line] {
    var start = 0
    while start < min(before.count, after.count), before[start] == after[start] { start += 1 }
    var end = 0
    while end < min(before.count, after.count) - start,
      before[before.count - 1 - end] == after[after.count - 1 - end]
    { end += 1 }
    let old = Array(before[start..<(before.count - end)])
    let new = Array(after[start..<(after.count - end)])
    // Around a change that is too large to compare line by line, all of it has changed.
    let changes =
      old.count * new.count > 4_000_000
      ? old.map { Line(kind: .removed, text: $0) } + new.map { Line(kind: .added, text: $0) }
      : longestCommon(old, new)
    let same = { (lines: ArraySlice<String>) in lines.map { Line(kind: .same, text: $0) } }
    return same(before[max(0, start - 3)..<start]) + changes
      + same(before[(before.count - end)..<min(before.count, before.count - end + 3)])
  }

  private static func longestCommon(_ old: [String], _ new: [String]) -> [Line] {
    let width = new.count + 1
    var lengths = [Int32](repeating: 0, count: (old.count + 1) * width)
    for i in stride(from: old.count - 1, through: 0, by: -1) {
      for j in stride(from: new.count - 1, through: 0, by: -1) {
        lengths[i * width + j] =
          old[i] == new[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
      }
    }
    var (i, j) = (0, 0)
    var lines: [Line] = []
    while i < old.count || j < new.count {
      if i < old.count, j < new.count, old[i] == new[j] {
        lines.append(Line(kind: .same, text: old[i]))
        (i, j) = (i + 1, j + 1)
      } else if j == new.count
        || (i < old.count && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
      {
        lines.append(Line(kind: .removed, text: old[i]))
        i += 1
      } else {
        lines.append(Line(kind: .added, text: new[j]))
        j += 1
      }
    }
    return lines
  }
}
