// One reading of a configuration: gateway, plugins, routes, and what holds between them.

import PluginAPI

struct ConfigLoad {
  let report: ConfigReport
  let types: [any Plugin.Type]
  let keeping: GatewayConfig.Keeping
  let context: (String) -> PluginContext

  /// For a file that could not be read at all.
  func nothing() -> LoadedConfig {
    let quiet = ConfigReport(file: "", directory: "", environment: ConfigEnvironment([:]))
    let reader = NodeReader([], report: quiet)
    return LoadedConfig(
      config: GatewayConfig(reading: ConfigSection(reader), resolve: { $0 }), plugins: [:],
      errors: report.problems,
      unresolvedSecrets: [])
  }

  func read(_ root: YAMLNode) -> LoadedConfig {
    guard case .mapping(let entries) = root.content else {
      let found = root.kind == "empty" ? "the file is empty" : "the file is \(root.kind)"
      report.add(root.place, "", "\(found): it must be a mapping with plugins and routes")
      return nothing()
    }
    let reader = NodeReader(entries, report: report)
    let section = ConfigSection(reader)
    var config = GatewayConfig(reading: section, resolve: report.resolve)
    var instances: [String: any Plugin] = [:]
    var fingerprints: [String: String] = [:]
    var declared: [String: (any Plugin.Type)?] = [:]
    let members = reader.members(GatewayConfig.pluginsOption)
    for (id, reader) in members ?? [] {
      let type = reader.flatMap { readType(id, $0) }
      declared[id] = .some(type)
      guard let reader, let type else { continue }
      config.plugins.append(.init(id: id, type: type.type))
      let url = config.publicListener.url
      let fingerprint = "\(url ?? "") \(YAMLNode.fingerprint(reader.entries))"
      fingerprints[id] = fingerprint
      instances[id] = keeping(id, fingerprint) ?? instance(id, type, reader, publicURL: url)
    }
    if members != nil {
      checkRoutes(config, in: section, declared: declared)
      // The same section as the options were read from: reading it twice gives the same reader.
      config.log.check(plugins: declared.keys.sorted(), in: section.section("gateway", ""))
    }
    if let file = config.people.overridesFile {
      config.people.overrides = PeopleOverrides.read(file, plugins: declared.keys.sorted()) { report.add($0) }
    }
    reader.finish(known: gatewayOptions(), isAllowed: { $0.hasPrefix("x-") })

    let unresolved = withExtendedLifetime((config, instances)) { report.unresolvedSecrets() }
    let errors = report.problems
    if errors.isEmpty {
      lint(config.routes, instances, in: reader)
      lint(config.people.match, instances, in: reader)
    }
    return LoadedConfig(
      config: config, plugins: errors.isEmpty ? instances : [:], errors: errors,
      unresolvedSecrets: unresolved, warnings: report.warnings, fingerprints: fingerprints, file: report.file,
      root: root)
  }

  private func lint(
    _ routes: [GatewayConfig.Route], _ instances: [String: any Plugin], in reader: NodeReader
  ) {
    for (number, route) in routes.enumerated() {
      guard let sink = instances[route.to] as? any PresenceSink else { continue }
      let section = reader.child("routes[\(number)]")
      for finding in MappingLint(sink: route.to, held: { sink.held(for: $0) }).findings(route) {
        if finding.section == "map" {
          section?.warn("map.\(finding.key ?? "")", finding.text)
        } else {
          section?.child(finding.section)?.warn(finding.key, finding.text)
        }
      }
    }
  }

  /// A rule needs the same kind of identity in two plugins.
  private func lint(_ rules: [IdentityKind], _ instances: [String: any Plugin], in reader: NodeReader) {
    let kinds = instances.values.compactMap { $0 as? any DirectoryProvider }.map {
      type(of: $0).identityKinds
    }
    guard kinds.count > 1 else { return }
    for (number, rule) in rules.enumerated() {
      let able = kinds.count { $0.contains(where: rule.meets) }
      guard able < 2 else { continue }
      let who = able == 0 ? "no plugin here tells" : "only one plugin here tells"
      reader.child("people")?.warn("match[\(number)]", "finds nobody: \(who) a user's \(rule.rawValue)")
    }
  }

  private func readType(_ id: String, _ reader: NodeReader) -> (any Plugin.Type)? {
    let idIsGood =
      id.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
      && id.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
      }
    if !idIsGood {
      reader.reject(nil, "an id is made of a-z, 0-9, _ and -, and begins with a letter")
    }
    if id == GatewayServices.ownID {
      reader.reject(nil, "this id is the gateway's own, under which its own check marks stand")
    }
    let word = ConfigSection(reader).string("type", "Which connector")
    if let type = types.first(where: { $0.type == word }) { return type }
    let words = types.map { $0.type }
    if !word.isEmpty {
      reader.reject(
        "type",
        "no connector \"\(word)\" is registered, only \(words.joined(separator: ", "))\(near(word, in: words))"
      )
    }
    return nil
  }

  private func instance(
    _ id: String, _ type: any Plugin.Type, _ reader: NodeReader, publicURL: String?
  ) -> any Plugin {
    var context = context(id)
    context.publicURL = context.publicURL ?? publicURL
    let instance = type.init(config: ConfigSection(reader), context: context)
    reader.finish(known: options(of: type))
    return instance
  }

  private func checkRoutes(
    _ config: GatewayConfig, in root: ConfigSection, declared: [String: (any Plugin.Type)?]
  ) {
    for id in config.merge.keys.sorted() {
      check(id, "merge.\(id)", in: root, declared: declared, lacks: "accepts no presence") { type in
        type is any PresenceSink.Type
      }
    }
    // The same sections as the routes were read from: reading them twice gives the same readers.
    let routes = config.routes
    let sections = root.sections("routes", required: true, "")
    for (index, (route, section)) in zip(routes, sections).enumerated() {
      check(route.from, "from", in: section, declared: declared, lacks: "reports no presence") { type in
        type is any PollingSource.Type || type is any StreamingSource.Type
      }
      check(route.to, "to", in: section, declared: declared, lacks: "accepts no presence") { type in
        type is any PresenceSink.Type
      }
      guard !route.from.isEmpty, !route.to.isEmpty else { continue }
      if route.from == route.to { section.reject("to", "must be another plugin than from") }
      if let first = routes.firstIndex(where: { $0.from == route.from && $0.to == route.to }), first < index {
        section.reject(nil, "the same way as routes[\(first)]: one route for each pair")
      }
    }
  }

  private func check(
    _ id: String, _ key: String, in section: ConfigSection, declared: [String: (any Plugin.Type)?],
    lacks: String,
    _ can: (any Plugin.Type) -> Bool
  ) {
    guard !id.isEmpty else { return }
    guard let type = declared[id] else {
      section.reject(key, "no plugin \"\(id)\" is declared\(near(id, in: declared.keys.sorted()))")
      return
    }
    if let type, !can(type) { section.reject(key, "plugin \"\(id)\" (\(type.type)) \(lacks)") }
  }
}
