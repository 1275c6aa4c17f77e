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
  /// Keys that `isAllowed` accepts are left alone.
  func finish(known: [OptionNode], isAllowed: (String) -> Bool = { _ in false }) {
    let (read, children) = state.withLock { ($0.read, $0.children) }
    let words = read + known.map(\.declaration.key).filter { !read.contains($0) }
    let unknown = entries.filter { !words.contains($0.key) && !isAllowed($0.key) }
    for entry in unknown.prefix(ConfigReport.maxProblems) {
      let hint = entry.key.contains(":") ? " (a space belongs after the colon)" : near(entry.key, in: words)
      add(entry.keyPlace, path(to: entry.key), "unknown key\(hint)")
    }
    for (key, reader) in children {
      let option = key.prefix { $0 != "[" }
      reader.finish(known: known.filter { $0.declaration.key == option }.flatMap(\.children))
    }
  }
}
