// Runs the tests of a configuration through the real engine, with nothing real around it.

import PluginAPI

public struct ConfigTestReport: Sendable {
  public struct Result: Sendable {
    public let name: String
    /// Empty: it passed.
    public let failures: [ConfigProblem]
  }
  /// Wrong things in the file of tests; then nothing was run.
  public let mistakes: [ConfigProblem]
  public let results: [Result]
}

extension LoadedConfig {
  /// Runs the tests in the file at `path`; the configuration itself must be without errors.
  public func runTests(_ path: String) -> ConfigTestReport {
    let report: ConfigReport
    let root: YAMLNode?
    do throws(BoundedFile.Unreadable) {
      let bytes = try BoundedFile.read(path, limit: YAMLParser.Limits().bytes + 1)
      let parsed = YAMLParser.parse(bytes, file: path)
      root = parsed.0
      report = ConfigReport(
        file: path, directory: "", environment: ConfigEnvironment([:]), problems: parsed.1)
    } catch {
      report = ConfigReport(file: path, directory: "", environment: ConfigEnvironment([:]))
      report.add(.start, "", error.description)
      root = nil
    }
    let tests = root.map { ConfigTestFile(config: config, report: report).read($0) } ?? []
    guard report.problems.isEmpty else { return ConfigTestReport(mistakes: report.problems, results: []) }
    var told: Set<ConfigProblem> = []
    return ConfigTestReport(
      mistakes: [],
      results: tests.map { test in
        run(test)
        let failures = report.problems.filter { told.insert($0).inserted }
        return .init(name: test.name, failures: failures)
      })
  }

  private func run(_ test: PresenceTest) {
    let ids = config.plugins.map(\.id)
    let engine = engine(after: test, ids)
    for (plugin, expectation) in test.expected {
      guard let sink = ids.firstIndex(of: plugin), let part = engine.setup.plugins[sink].sink,
        let slot = engine.tables[sink].slot(of: test.person.id)
      else { continue }
      let shown = engine.outboxes[sink].flatMap {
        slot < $0.entries.count ? $0.entries[slot].target : nil
      }
      if let wrong = expectation.differs(from: shown, held: part.held) {
        test.expect.reject(plugin, "\(wrong), shows \(shown?.inWords ?? "nothing of ours")")
      }
    }
  }

  private func engine(after test: PresenceTest, _ ids: [String]) -> Engine {
    var setup = EngineSetup(config, plugins: ids.compactMap { plugins[$0] })
    setup.match = [.email]
    setup.overrides = PeopleOverrides()
    // Nothing leaves, so nothing can be taken for an echo.
    setup.plugins = setup.plugins.map { plugin in
      var plugin = plugin
      plugin.sink?.limits.maxInFlight = 0
      return plugin
    }
    var now = Moment(nanoseconds: 0)
    var engine = Engine(setup, now: now, date: test.at)
    for plugin in ids.indices { engine.apply(.snapshot([test.person]), of: plugin) }
    _ = engine.rematch(now: now)
    for (id, presence) in test.given {
      guard let plugin = ids.firstIndex(of: id) else { continue }
      now = now + .milliseconds(1)
      let event = PresenceEvent(user: test.person.id, presence: presence, receivedAt: now)
      _ = engine.apply([event], of: plugin, now: now)
    }
    return engine
  }
}

extension PresenceTest.Expectation {
  /// What should be shown instead, or nil when all is well.
  fileprivate func differs(from shown: Presence?, held: (Presence) -> Presence) -> String? {
    let now = shown ?? .available
    switch self {
    case .nothing: return shown == nil ? nil : "should show nothing of ours"
    case .word(let presence):
      let wanted = held(presence)
      return wanted == now ? nil : "should show \(wanted == .available ? "nothing of ours" : wanted.inWords)"
    case .facets(let facets):
      var wrong: [String] = []
      if let wanted = facets.availability, wanted != now.availability {
        wrong.append("availability \(wanted.rawValue)")
      }
      if let wanted = facets.activity, wanted != now.activity {
        wrong.append("activity \(wanted?.rawValue ?? "none")")
      }
      if let wanted = facets.call, wanted != now.call { wrong.append("call \(wanted.rawValue)") }
      if let wanted = facets.note, wanted != now.note?.text { wrong.append("note \(wanted ?? "none")") }
      return wrong.isEmpty ? nil : "should show \(wrong.joined(separator: ", "))"
    }
  }
}
