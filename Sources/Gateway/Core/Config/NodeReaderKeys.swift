// Mappings whose keys are free, and keys that nobody read: what the loader needs besides `ConfigReading`.

import PluginAPI

extension NodeReader {
  /// The mappings under an option whose keys are free, in order; nil when it is missing or wrong. A member that is
  /// no mapping is reported, and has no reader.
  func members(_ option: OptionDeclaration) -> [(key: String, reader: NodeReader?)]? {
    guard let entry = filledEntry(option) else { return nil }
    guard case .mapping(let members) = entry.value.content else {
      wrongKind(entry, "must be a mapping (options below it, indented)")
      return nil
    }
    return members.map { member in
      let path = "\(path(to: option.key)).\(shown(key: member.key))"
      guard case .mapping(let entries) = member.value.content else {
        add(member.place, path, "must be a mapping (options below it, indented), is \(member.value.kind)")
        return (member.key, nil)
      }
      return (
        member.key,
        NodeReader(entries, path: path, place: member.keyPlace, report: report, isMuted: isMuted)
      )
    }
  }

  /// Reports each key that nobody read and that is none of `known`: options that are read only in some cases.
  /// Keys that `isAllowed` accepts are left alone. `elsewhere` says in which sections a key would be known; by default
  /// those at and below this one.
  func finish(
    known: [OptionNode], elsewhere: [String: [String]]? = nil, isAllowed: (String) -> Bool = { _ in false }
  ) {
    let elsewhere = elsewhere ?? Self.sections(of: known, path)
    let (read, children) = state.withLock { ($0.read, $0.children) }
    let words = read + known.map(\.declaration.key).filter { !read.contains($0) }
    let unknown = entries.filter { !words.contains($0.key) && !isAllowed($0.key) }
    for entry in unknown.prefix(ConfigReport.maxProblems) {
      var hint = entry.key.contains(":") ? " (a space belongs after the colon)" : near(entry.key, in: words)
      if hint.isEmpty, let home = elsewhere[entry.key], home.count == 1 {
        hint = " (it belongs to \(home[0]))"
      }
      add(entry.keyPlace, path(to: entry.key), "unknown key\(hint)")
    }
    for (key, reader) in children {
      let option = key.prefix { $0 != "[" }
      reader.finish(
        known: known.filter { $0.declaration.key == option }.flatMap(\.children), elsewhere: elsewhere)
    }
  }

  /// For each key the sections that have it.
  private static func sections(of options: [OptionNode], _ path: String) -> [String: [String]] {
    var homes: [String: [String]] = [:]
    for option in options {
      let key = option.declaration.key
      if !path.isEmpty { homes[key, default: []].append(path) }
      let below = sections(of: option.children, path.isEmpty ? key : "\(path).\(key)")
      homes.merge(below) { $0 + $1 }
    }
    return homes
  }
}
