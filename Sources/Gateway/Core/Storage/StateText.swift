// The content of a state file as text: one JSON object on each line, so that it can be searched, compared and moved.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

/// The first line says what it is and of which schema, the last one how many lines there must be.
struct StateText {
  static let format = "presence-gateway state"

  struct Line: Codable {
    var kind: String
    var schema: Int?
    var exported: Date?
    var secrets: String?
    var plugin: String?
    var user: UserID?
    var presence: Presence?
    var candidates: [Presence]?
    var leaseEnds: Date?
    var since: Date?
    var name: String?
    /// Base64.
    var value: String?
    var lines: Int?

    init(_ kind: String) { self.kind = kind }
    init(_ kind: String, _ plugin: String, _ user: UserID) {
      (self.kind, self.plugin, self.user) = (kind, plugin, user)
    }

    private enum CodingKeys: String, CodingKey {
      case kind, schema, exported, secrets, plugin, user, presence, candidates
      case leaseEnds = "lease_ends"
      case since, name, value, lines
    }
  }

  /// Ordered, so that two exports can be compared.
  static func written(_ content: StateChanges, at date: Date, withSecrets: Bool) -> String {
    var head = Line(format)
    (head.schema, head.exported) = (StateSchema.version, date)
    head.secrets = withSecrets ? "encrypted" : "left out"
    var lines = [head]
    let people = { (key: StateChanges.Key) in (key.plugin, key.user) }
    lines += content.held.sorted { people($0.key) < people($1.key) }.compactMap { line($0.value) }
    lines += content.sources.sorted { people($0.key) < people($1.key) }.map { line($0.value) }
    let values = content.values.filter { withSecrets || !$0.key.isSecret }
    let place = { (name: StateName) in (name.plugin, name.name, name.isSecret ? 1 : 0) }
    for (name, value) in values.sorted(by: { place($0.key) < place($1.key) }) {
      var line = Line(name.isSecret ? "secret" : "value")
      (line.plugin, line.name, line.value) = (name.plugin, name.name, Base64.encode(value ?? []))
      lines.append(line)
    }
    var end = Line("end")
    end.lines = lines.count + 1
    lines.append(end)
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return lines.map { String(decoding: (try? encoder.encode($0)) ?? Data(), as: UTF8.self) + "\n" }.joined()
  }

  private static func line(_ record: HeldRecord) -> Line? {
    switch record.content {
    case .nothing: return nil
    case .held(let presence, let leaseEnds):
      var line = Line("held", record.plugin, record.user)
      (line.presence, line.leaseEnds) = (presence, leaseEnds)
      return line
    case .doubtful(let candidates):
      var line = Line("doubtful", record.plugin, record.user)
      line.candidates = candidates
      return line
    }
  }

  private static func line(_ record: SourceRecord) -> Line {
    var line = Line("source", record.plugin, record.user)
    (line.presence, line.since) = (record.presence, record.since)
    return line
  }
}
