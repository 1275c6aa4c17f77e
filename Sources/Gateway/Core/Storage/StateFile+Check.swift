// Looks a state file over, also beside a gateway that has it open: is it sound, whose is it, with which keys.

import PluginAPI

extension StateFile {
  public struct Findings: Sendable, Equatable {
    /// What SQLite says of the file, a line each; empty when it is sound.
    public var damage: [String] = []
    public var lines: [String] = []
  }

  public func check() throws(Failure) -> Findings {
    let keys = try? SecretBox(config.secretsKeys)
    do throws(Failure) { return try read { try look(at: $0, keys) } } catch {
      if error.isDamage { return Findings(damage: error.texts) }
      throw error
    }
  }

  private func look(at database: SQLiteDatabase, _ keys: SecretBox?) throws -> Findings {
    var findings = Findings()
    try database.run("PRAGMA integrity_check(20)") {
      if $0.text(0) != "ok" { findings.damage.append("\(path): \($0.text(0))") }
    }
    if !findings.damage.isEmpty { return findings }
    let content = try database.content()
    findings.lines.append(
      "schema \(StateSchema.version), "
        + (StateFileLock.holder(of: path).map { "in use by process \($0)" } ?? "not in use"))
    let plugins = Set(
      content.held.keys.map(\.plugin) + content.sources.keys.map(\.plugin)
        + content.values.keys.map(\.plugin))
    for plugin in plugins.sorted() {
      let held = content.held.values.filter { $0.plugin == plugin }
      let doubtful = held.count { if case .doubtful = $0.content { true } else { false } }
      let names = content.values.keys.filter { $0.plugin == plugin }
      let secrets = names.count(where: \.isSecret)
      let said = content.sources.keys.count { $0.plugin == plugin }
      findings.lines.append(
        "\(plugin): states of ours: \(held.count) (doubtful: \(doubtful)); last states: \(said); "
          + "values: \(names.count - secrets); secrets: \(secrets)")
    }
    findings.lines += Self.secrets(content, keys)
    return findings
  }

  private static func secrets(_ content: StateChanges, _ box: SecretBox?) -> [String] {
    let boxes = content.values.filter(\.key.isSecret).compactMap { $0.value }
    if boxes.isEmpty { return [] }
    guard let box else { return ["secrets: \(boxes.count), and the configured keys cannot be read"] }
    func count(_ fit: SecretBox.Fit) -> Int { boxes.count { box.fit($0) == fit } }
    var line = "secrets: \(count(.current)) under the current key"
    if count(.previous) > 0 {
      line += ", \(count(.previous)) under a previous one: `presence-gateway state rotate`"
    }
    if count(.none) > 0 { line += ", \(count(.none)) under a key that is not configured" }
    return [line]
  }
}
