// The exceptions to the matching rules, taken from a CSV text: what they would change, and the change itself.

import FoundationEssentials
import PluginAPI

struct OverridesDesk: Sendable {
  struct Change: Encodable, Equatable {
    let plugin: String
    let user: String
    let name: String
    /// In words: `matched with pbx lovelace`, `unmatched`, `excluded: a shared telephone`.
    let before: String
    let after: String
  }
  struct Preview: Encodable {
    /// What is wrong with the text; then nothing else is told.
    var problems: [ConfigurationReport.Problem] = []
    /// Rows without an effect, and why.
    var idle: [String] = []
    /// How many people would be matched otherwise; the first of them in `changes`.
    var total = 0
    var changes: [Change] = []
  }
  struct Current: Encodable {
    /// What plugins.yaml names, or nil.
    let file: String?
    let columns: [String]
    let csv: String
  }
  static let listed = 200

  let core: GatewayCore
  let people: @Sendable () -> GatewayConfig.People
  let ids: @Sendable () -> [String]
  let reload: ReloadReference
  private let turns = OneAtATime()

  init(
    core: GatewayCore, people: @escaping @Sendable () -> GatewayConfig.People,
    ids: @escaping @Sendable () -> [String], reload: ReloadReference
  ) {
    self.core = core
    self.people = people
    self.ids = ids
    self.reload = reload
  }

  func current() throws(APIProblem) -> Current {
    let file = people().overridesFile
    var bytes: [UInt8] = []
    do throws(BoundedFile.Unreadable) {
      if let file { bytes = try BoundedFile.read(file, limit: WebLimits().maxBodyBytes) }
    } catch {
      // Shown as empty, it would be replaced by nothing; and what is longer than a request could not come back.
      throw APIProblem(
        422, "the file with the exceptions cannot be shown: \(error)",
        error.isTooLarge
          ? "Edit the file itself, up to 16 MB: a change is taken over by itself."
          : "Let the gateway read it, or edit the file itself.")
    }
    return Current(
      file: file, columns: ids() + ["action", "reason"], csv: String(decoding: bytes, as: UTF8.self))
  }

  func preview(_ csv: String) async -> Preview {
    // Not `ids`: the core may still work with the plugins of before a reload.
    let snapshot = await core.directorySnapshot()
    let (ids, rules) = (snapshot.plugins, people().match)
    let (overrides, problems) = read(csv, plugins: ids)
    guard problems.isEmpty else { return Preview(problems: problems) }
    // Away from the core: 100,000 people take longer than presence may wait.
    return await Task.detached {
      let after = PeopleMatcher(rules: rules, overrides: overrides, plugins: ids).match(snapshot.directories)
      let changes = Self.changes(snapshot.people, after, snapshot.directories, ids)
      return Preview(
        idle: after.idleOverrides, total: changes.count, changes: Array(changes.prefix(Self.listed)))
    }.value
  }

  /// Writes the file that plugins.yaml names, whole or not at all, and has it taken over.
  /// - Returns: why the written file does not count yet; nil when it does.
  func apply(_ csv: String) async throws(APIProblem) -> String? {
    try await turns.run { () -> Result<String?, APIProblem> in
      do throws(APIProblem) { return .success(try await applyAlone(csv)) } catch { return .failure(error) }
    }.get()
  }

  private func applyAlone(_ csv: String) async throws(APIProblem) -> String? {
    guard let file = people().overridesFile else {
      throw APIProblem(
        409, "plugins.yaml names no file for exceptions",
        "Add people: { overrides: people.csv } to plugins.yaml, and make that file.")
    }
    if let problem = read(csv, plugins: ids()).problems.first {
      throw APIProblem(
        422, "line \(problem.line): \(problem.text)", "Correct the text, and look at its preview.")
    }
    do throws(ReplacedFile.Failure) { try ReplacedFile.write(Array(csv.utf8), to: file) } catch {
      throw APIProblem(422, error.description, "Let the gateway write this file and its folder.")
    }
    guard case .refused(let problems) = await reload.run(), let first = problems.first else { return nil }
    return "the file is written, but the configuration is not taken over: \(first)"
  }

  private func read(
    _ csv: String, plugins: [String]
  ) -> (overrides: PeopleOverrides, problems: [ConfigurationReport.Problem]) {
    var problems: [ConfigurationReport.Problem] = []
    let overrides = PeopleOverrides.read(Array(csv.utf8), file: "", plugins: plugins) {
      problems.append(ConfigurationReport.problem($0))
    }
    return (overrides, problems)
  }

  /// One for each person, or user who is nobody's, whose standing is another afterwards.
  static func changes(
    _ before: PeopleIndex, _ after: PeopleIndex, _ directories: [KnownUsers], _ ids: [String]
  ) -> [Change] {
    func words(_ standing: Standing) -> String {
      guard !standing.partners.isEmpty else { return standing.word }
      let names = standing.partners.map { partner in
        let name = directories[partner.plugin][partner.user]?.displayName ?? ""
        return "\(ids[partner.plugin]) \(name.isEmpty ? partner.user.rawValue : name)"
      }
      return "\(standing.word) \(names.joined(separator: ", "))"
    }
    var told: Set<Partner> = []
    var changes: [Change] = []
    for (plugin, users) in directories.enumerated() where plugin < ids.count {
      for (id, user) in users.sorted(by: { ($0.value.displayName, $0.key) < ($1.value.displayName, $1.key) })
      {
        let old = Standing(id, plugin, before)
        let new = Standing(id, plugin, after)
        guard old != new, !told.contains(Partner(plugin: plugin, user: id)) else { continue }
        // Both halves of a person are one line.
        told.formUnion(new.partners)
        changes.append(
          Change(
            plugin: ids[plugin], user: id.rawValue, name: user.displayName, before: words(old),
            after: words(new)))
      }
    }
    return changes
  }

  private struct Partner: Hashable {
    let plugin: Int
    let user: UserID
  }
  private struct Standing: Equatable {
    var word = "unmatched"
    /// The person's users in the other plugins.
    var partners: [Partner] = []

    init(_ user: UserID, _ plugin: Int, _ index: PeopleIndex) {
      switch index.standings[plugin][user] {
      case .matched(let person):
        word = "matched with"
        partners = index.people[person].users.enumerated().compactMap { other, partner in
          other == plugin ? nil : partner.map { Partner(plugin: other, user: $0) }
        }
      case .ambiguous(let reason): word = "ambiguous: \(reason)"
      case .excluded(let reason): word = "excluded: \(reason)"
      case .unlicensed(let reason): word = "unlicensed: \(reason)"
      case .unmatched, nil: break
      }
    }
  }
}
