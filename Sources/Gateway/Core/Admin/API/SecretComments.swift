// What was commented out in the configuration file is no value, but may be as secret.

struct SecretComments {
  /// While the lines below a commented key may be its value: how far that key is indented.
  private var indent: Int?

  /// Lines come in their order.
  mutating func masked(_ line: String) -> String {
    let isComment = line.first { $0 != " " && $0 != "\t" } == "#"
    guard isComment, let start = line.firstIndex(where: { !" \t#".contains($0) }) else {
      // An empty line may stand within a text.
      if !isComment { indent = nil }
      return Self.inOneLine(line)
    }
    let own = line.distance(from: line.startIndex, to: start)
    if let indent, own > indent || (own == indent && line[start] == "-") {
      let value = line[start...].drop { "- \"'".contains($0) }
      let end = value.firstIndex { " \"'".contains($0) } ?? value.endIndex
      return SecretMask.isReference(value[..<end]) ? line : line[..<value.startIndex] + SecretMask.shown
    }
    indent = Self.beginsValue(line[start...]) ? own : nil
    return Self.inOneLine(line)
  }

  /// A secret's key whose value stands below it.
  private static func beginsValue(_ text: Substring) -> Bool {
    guard let colon = text.firstIndex(of: ":"), isSecretKey(text[..<colon]) else { return false }
    let rest = text[colon...].dropFirst().drop { $0 == " " }
    return rest.isEmpty || rest.hasPrefix("|") || rest.hasPrefix(">") || rest.hasPrefix("#")
  }

  /// With a `#` inside a value only less is shown.
  private static func inOneLine(_ line: String) -> String {
    guard var start = line.firstIndex(of: "#") else { return line }
    while let colon = line[start...].firstIndex(of: ":") {
      let key = line[start..<colon].split { "#,{[:".contains($0) }.last ?? ""
      let value = line[colon...].dropFirst().drop { " \t[{\"'".contains($0) }
      let ends: Set<Character> = value.hasPrefix("${") ? ["}"] : [" ", ",", "]", "}", "\"", "'"]
      let end = value.firstIndex(where: ends.contains) ?? value.endIndex
      let word = value[..<end] + (value.hasPrefix("${") ? value[end...].prefix(1) : "")
      let isKept =
        value.isEmpty || value.hasPrefix("#") || value.hasPrefix(SecretMask.shown)
        || SecretMask.isReference(word)
      if !isKept, isSecretKey(key) { return line[...colon] + " \(SecretMask.shown)" }
      start = SecretMask.isReference(word) ? end : line.index(after: colon)
    }
    return line
  }

  /// A sentence is no key.
  private static func isSecretKey(_ text: Substring) -> Bool {
    let words = text.lowercased().drop { " \t-".contains($0) }.split { " \t\"'".contains($0) }
    guard words.count == 1, let key = words.first else { return false }
    return !key.hasSuffix("_expires") && SecretMask.looksSecret(String(key), among: [])
  }
}
