// What is logged: levels for everything and for single parts, and whether people appear under their names.

import Logging
import PluginAPI

public struct LogOptions: Sendable, Hashable {
  public var level: Logger.Level
  /// By plugin id, or by a part of the gateway.
  public var levels: [String: Logger.Level]
  /// People appear under pseudonyms.
  public var privacy: Bool

  /// The parts of the gateway that log under a name of their own.
  static let parts = ["gateway", "core", "web", "state", "admin"]

  public func level(of label: String) -> Logger.Level {
    if let own = levels[label] { return own }
    // What administrators change is told whatever else is of interest.
    return label == "admin" ? min(level, .notice) : level
  }

  init(level: Logger.Level, levels: [String: Logger.Level] = [:], privacy: Bool = false) {
    self.level = level
    self.levels = levels
    self.privacy = privacy
  }

  init(reading gateway: ConfigSection) {
    let section = gateway.section("log", "What is logged, on standard error")
    level = section.choice("level", default: Logger.Level.info, "The least severe level that is logged")
    privacy = section.bool(
      "privacy", default: false, "Whether people appear under pseudonyms, which change with every start")
    let words = section.dictionary(
      "levels", "Levels of single plugins, or of \(Self.parts.joined(separator: ", ")): { teams: debug }")
    let known = Logger.Level.allCases.map(\.rawValue)
    levels = [:]
    for (label, word) in words.sorted(by: { $0.key < $1.key }) {
      if let level = Logger.Level(rawValue: word) {
        levels[label] = level
      } else {
        section.reject(
          "levels.\(label)",
          "must be \(known.joined(separator: ", ")), is \(word)\(suggestion(for: word, in: known))")
      }
    }
  }

  /// Records an error for each label that nothing logs under.
  func check(plugins: [String], in gateway: ConfigSection) {
    let labels = plugins + Self.parts
    for label in levels.keys.sorted() where !labels.contains(label) {
      gateway.section("log", "").reject(
        "levels.\(label)",
        "neither a plugin nor one of \(Self.parts.joined(separator: ", "))"
          + suggestion(for: label, in: labels))
    }
  }
}
