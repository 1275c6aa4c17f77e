// Reads options from a YAML mapping: what is wrong is reported with its place, what nobody read is an unknown key.

import PluginAPI

final class NodeReader: ConfigReading, CustomStringConvertible, CustomReflectable {
  struct State {
    var read: [String] = []
    var children: [(key: String, reader: NodeReader)] = []
    /// What is wrong with these is told already.
    var spoilt: Set<String> = []
  }
  let entries: [YAMLNode.Entry]
  let path: String
  let place: YAMLNode.Place
  let report: ConfigReport
  /// Of a section that is already reported as wrong: what follows from that is no news.
  let isMuted: Bool
  let state = Locked(State())

  init(
    _ entries: [YAMLNode.Entry], path: String = "", place: YAMLNode.Place = .start, report: ConfigReport,
    isMuted: Bool = false
  ) {
    self.entries = entries
    self.path = path
    self.place = place
    self.report = report
    self.isMuted = isMuted
  }

  var description: String { "options of \(path)" }
  var customMirror: Mirror { Mirror(self, children: ["path": path]) }

  func scalar(_ option: OptionDeclaration) -> String? {
    guard let entry = entry(option) else { return missing(option) }
    return text(of: entry.value, option, at: entry.place, path: path(to: option.key))
  }

  func strings(_ option: OptionDeclaration) -> [String]? {
    guard let entry = filledEntry(option) else { return nil }
    guard case .list(let items) = entry.value.content else {
      wrongKind(entry, "must be a list such as [a, b]")
      return nil
    }
    return items.enumerated().compactMap { index, item in
      text(of: item, nil, at: item.place, path: path(to: "\(option.key)[\(index)]"))
    }
  }

  func dictionary(_ option: OptionDeclaration) -> [String: String]? {
    guard let entry = filledEntry(option) else { return nil }
    guard case .mapping(let members) = entry.value.content else {
      wrongKind(entry, "must be a mapping such as { key: value }")
      return nil
    }
    var values: [String: String] = [:]
    for member in members {
      let path = "\(path(to: option.key)).\(shown(key: member.key))"
      values[member.key] = text(of: member.value, nil, at: member.place, path: path)
    }
    return values
  }

  func section(_ option: OptionDeclaration) -> ConfigSection? {
    if let known = child(option.key) { return ConfigSection(known) }
    let written = entry(option)
    guard let entry = written, !isAbsent(entry.value) else {
      // Its required options are missing from here.
      let place = written?.keyPlace ?? place
      return option.required ? ConfigSection(keep(option.key, reader([], option.key, at: place))) : nil
    }
    guard case .mapping(let members) = entry.value.content else {
      wrongKind(entry, "must be a mapping (options below it, indented)")
      return option.required ? ConfigSection(reader([], option.key, at: entry.place, isMuted: true)) : nil
    }
    return ConfigSection(keep(option.key, reader(members, option.key, at: entry.keyPlace)))
  }

  func sections(_ option: OptionDeclaration) -> [ConfigSection]? {
    guard let entry = filledEntry(option) else { return nil }
    guard case .list(let items) = entry.value.content else {
      wrongKind(entry, "must be a list (each entry begins with -)")
      return nil
    }
    return items.enumerated().compactMap { index, item in
      let key = "\(option.key)[\(index)]"
      if let known = child(key) { return ConfigSection(known) }
      guard case .mapping(let members) = item.content else {
        add(item.place, path(to: key), "must be a mapping, is \(item.kind)")
        return nil
      }
      return ConfigSection(keep(key, reader(members, key, at: item.place)))
    }
  }

  func isScalar(_ key: String) -> Bool {
    guard let value = entries.first(where: { $0.key == key })?.value, !isAbsent(value) else { return false }
    if case .scalar = value.content { return true } else { return false }
  }

  func secret(_ option: OptionDeclaration) -> Secret? {
    guard let entry = entry(option) else { return missing(option) }
    let path = path(to: option.key)
    guard let text = text(of: entry.value, option, at: entry.place, path: path) else { return nil }
    let secret = secret(text, at: entry.place, path: path)
    if secret == nil { _ = state.withLock { $0.spoilt.insert(option.key) } }
    return secret
  }

  func secrets(_ option: OptionDeclaration) -> [Secret]? {
    guard let entry = filledEntry(option) else { return nil }
    guard case .list(let items) = entry.value.content else {
      wrongKind(entry, "must be a list such as [env:NAME, file:PATH]")
      return nil
    }
    return items.enumerated().compactMap { index, item in
      let path = path(to: "\(option.key)[\(index)]")
      return text(of: item, nil, at: item.place, path: path).flatMap {
        secret($0, at: item.place, path: path)
      }
    }
  }

  func resolve(path: String) -> String { report.resolve(path: path) }

  /// `key` may also name an element (`match[1]`) or a member (`map.lunch`).
  func reject(_ key: String?, _ message: String) {
    guard let key else { return add(place, path, message) }
    if state.withLock({ $0.spoilt.contains(key) }) { return }
    add(locate(key) ?? place, path(to: key), message)
  }
}

// MARK: - Looking up and reporting

extension NodeReader {
  private func secret(_ reference: String, at place: YAMLNode.Place, path: String) -> Secret? {
    let source: SecretSource
    if reference.hasPrefix("env:"), isVariableName(reference.dropFirst(4)) {
      let name = String(reference.dropFirst(4))
      source = SecretSource(.environment(name: name, value: report.environment[name]))
    } else if reference.hasPrefix("file:"), reference.utf8.count > 5 {
      source = SecretSource(.file(path: report.resolve(path: String(reference.dropFirst(5)))))
    } else {
      add(
        place, path, "must be a reference, env:NAME or file:PATH, so that no secret stands in this file")
      return nil
    }
    if !isMuted { report.track(source, at: place, path: path) }
    return source.secret()
  }

  private func entry(_ option: OptionDeclaration) -> YAMLNode.Entry? {
    state.withLock { if !$0.read.contains(option.key) { $0.read.append(option.key) } }
    return entries.first { $0.key == option.key }
  }

  /// The entry of an option that is no scalar; an empty value counts as missing.
  func filledEntry(_ option: OptionDeclaration) -> YAMLNode.Entry? {
    guard let entry = entry(option) else { return missing(option) }
    guard isAbsent(entry.value) else { return entry }
    if option.required { add(entry.place, path(to: option.key), "is empty") }
    return nil
  }

  private func isAbsent(_ value: YAMLNode) -> Bool {
    guard !value.isEmpty, case .scalar(let raw, _) = value.content else { return value.isEmpty }
    return (try? report.environment.expand(raw))?.isEmpty ?? false
  }

  /// The scalar with its references replaced; nil when it is empty or wrong.
  private func text(
    of node: YAMLNode, _ option: OptionDeclaration?, at place: YAMLNode.Place, path: String
  ) -> String? {
    guard case .scalar(let raw, _) = node.content else {
      add(place, path, "must be a single value, is \(node.kind)", once: true)
      return nil
    }
    do {
      let text = node.isEmpty ? "" : try report.environment.expand(raw)
      if !text.isEmpty { return text }
      if option?.required == true {
        add(place, path, node.isEmpty ? "is empty" : "is empty, from \(raw)")
      }
    } catch { add(place, path, error.message) }
    return nil
  }

  private func missing<Value>(_ option: OptionDeclaration) -> Value? {
    if option.required { add(place, path(to: option.key), "is missing") }
    return nil
  }

  func wrongKind(_ entry: YAMLNode.Entry, _ expected: String) {
    add(entry.place, path(to: entry.key), "\(expected), is \(entry.value.kind)", once: true)
  }

  func add(_ place: YAMLNode.Place, _ path: String, _ message: String, once: Bool = false) {
    if !isMuted { report.add(place, path, message, once: once) }
  }

  func path(to key: String) -> String {
    path.isEmpty ? shown(key: key) : "\(path).\(shown(key: key))"
  }

  /// As `reject`, for what works but is hardly meant so.
  func warn(_ key: String?, _ message: String) {
    let place = key.flatMap { locate($0) } ?? place
    report.warn(place, key.map { path(to: $0) } ?? path, message)
  }

  private func locate(_ key: String) -> YAMLNode.Place? {
    if let entry = entries.first(where: { $0.key == key }) { return entry.place }
    let option = key.prefix { $0 != "[" && $0 != "." }
    guard let entry = entries.first(where: { $0.key == option }) else { return nil }
    switch entry.value.content {
    case .list(let items):
      let index = Int(key.dropFirst(option.count + 1).prefix { $0.isNumber })
      return index.flatMap { items.indices.contains($0) ? items[$0].place : nil } ?? entry.place
    case .mapping(let members):
      let member = key.dropFirst(option.count + 1)
      return members.first { $0.key == member }?.place ?? entry.place
    case .scalar: return entry.place
    }
  }

  private func reader(
    _ entries: [YAMLNode.Entry], _ key: String, at place: YAMLNode.Place, isMuted: Bool = false
  ) -> NodeReader {
    NodeReader(entries, path: path(to: key), place: place, report: report, isMuted: self.isMuted || isMuted)
  }

  func child(_ key: String) -> NodeReader? {
    state.withLock { $0.children.first { $0.key == key }?.reader }
  }
  private func keep(_ key: String, _ reader: NodeReader) -> NodeReader {
    state.withLock { $0.children.append((key, reader)) }
    return reader
  }
}
