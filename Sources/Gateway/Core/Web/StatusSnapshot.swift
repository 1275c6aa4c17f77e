// The gateway's state at one moment, as a value: the admin page, `/status.json` and `/readyz` all show this.

import FoundationEssentials

public struct StatusSnapshot: Sendable, Codable, Equatable {
  public struct Plugin: Sendable, Codable, Equatable {
    public var id: String
    public var type: String
    public var checks: [Check]
    public init(id: String, type: String, checks: [Check]) {
      self.id = id
      self.type = type
      self.checks = checks
    }
  }

  public struct Check: Sendable, Codable, Equatable {
    public enum State: String, Sendable, Codable { case ok, pending, failing }
    public var name: String
    public var state: State
    /// A fact, a progress such as "650 of 1,951 users", or the reason of a failure.
    public var detail: String?
    /// What to do about a failure.
    public var remedy: String?
    public var required: Bool
    /// When the check came into this state.
    public var since: Date?
    public init(
      name: String, state: State, detail: String? = nil, remedy: String? = nil, required: Bool = true,
      since: Date? = nil
    ) {
      self.name = name
      self.state = state
      self.detail = detail
      self.remedy = remedy
      self.required = required
      self.since = since
    }
  }

  public struct People: Sendable, Codable, Equatable {
    public var matched = 0
    public var unmatched = 0
    public var ambiguous = 0
    public var excluded = 0
    public var unlicensed = 0
    public init() {}
  }

  public struct Route: Sendable, Codable, Equatable {
    /// Plugin ids.
    public var from: String
    public var to: String
    public var delivered = 0
    /// Of the sink: all routes that end there together.
    public var failed = 0
    /// Updates that wait or are under way, of the sink too.
    public var outbox = 0
    /// From the event's arrival to the sink's acceptance, in the last ten minutes; nil where nothing was delivered.
    public var latencyP50ms: Double?
    public var latencyP99ms: Double?
    public init(from: String, to: String) {
      self.from = from
      self.to = to
    }
  }

  public var version: String
  public var startedAt: Date
  public var plugins: [Plugin]
  public var people: People
  public var routes: [Route]
  /// Memory the process holds, in bytes.
  public var memory: Int

  public init(
    version: String, startedAt: Date, plugins: [Plugin] = [], people: People = .init(), routes: [Route] = [],
    memory: Int = ResidentMemory.bytes() ?? 0
  ) {
    self.version = version
    self.startedAt = startedAt
    self.plugins = plugins
    self.people = people
    self.routes = routes
    self.memory = memory
  }

  /// A line for each required check that is not fine: what, why, and what to do. Empty: ready.
  public var unready: [String] {
    plugins.flatMap { plugin in
      plugin.checks.filter { $0.required && $0.state != .ok }.map { check in
        let what = "\(plugin.id): \(check.name): "
        guard check.state == .failing else {
          return what + "waiting" + (check.detail.map { " (\($0))" } ?? "")
        }
        return what + (check.detail ?? "failing") + (check.remedy.map { " — \($0)" } ?? "")
      }.map { (line: String) in String(line.map { $0.isNewline ? " " : $0 }) }
    }
  }

  /// Sorted keys, dates in RFC 3339.
  public func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return Array(try encoder.encode(self))
  }
}
