// Environment references in scalars: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar sign.

/// The environment as it was handed in; its values never print.
struct ConfigEnvironment: Sendable, CustomStringConvertible, CustomReflectable {
  struct Unusable: Error { let message: String }

  static let maxDepth = 8
  static let maxLength = 1 << 20
  private let values: [String: String]
  init(_ values: [String: String]) { self.values = values }

  subscript(name: String) -> String? { values[name] }
  var description: String { "environment (\(values.count) variables)" }
  var customMirror: Mirror { Mirror(self, children: ["count": values.count]) }

  /// As in a shell, the default also stands in for a variable that is set but empty; it may hold references.
  func expand(_ text: String) throws(Unusable) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var rest = Substring(text)
    return try expand(&rest, depth: 0)
  }

  /// Reads to the end, or inside a default (`depth` > 0) to the brace that closes it.
  private func expand(_ rest: inout Substring, depth: Int) throws(Unusable) -> String {
    guard depth <= Self.maxDepth else {
      throw Unusable(message: "nests ${…} deeper than \(Self.maxDepth) levels")
    }
    var out = ""
    while let character = rest.popFirst() {
      if character == "}" && depth > 0 { return out }
      if character == "$" && rest.first == "$" {
        rest.removeFirst()
        out.append("$")
      } else if character == "$" && rest.first == "{" {
        rest.removeFirst()
        out += try reference(&rest, depth: depth)
      } else {
        out.append(character)
      }
      guard out.utf8.count <= Self.maxLength else { throw Unusable(message: "expands to more than 1 MB") }
    }
    if depth > 0 {
      throw Unusable(message: "has a ${ without its }; write $${ for the characters themselves")
    }
    return out
  }

  private func reference(_ rest: inout Substring, depth: Int) throws(Unusable) -> String {
    let name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    rest.removeFirst(name.count)
    let isName = name.first?.isNumber == false
    if isName && rest.first == "}" {
      rest.removeFirst()
      if let value = values[name] { return value }
      throw Unusable(
        message: "environment variable \(name) is not set, and no default stands here: ${\(name):-…}")
    }
    guard isName, rest.hasPrefix(":-") else {
      throw Unusable(
        message: rest.isEmpty
          ? "has a ${ without its }; write $${ for the characters themselves"
          : "has a ${…} that is neither ${NAME} nor ${NAME:-default}; write $${ for the characters themselves"
      )
    }
    rest.removeFirst(2)
    let fallback = try expand(&rest, depth: depth + 1)
    guard let value = values[name], !value.isEmpty else { return fallback }
    return value
  }
}

/// Whether `name` can be an environment variable.
func isVariableName(_ name: some StringProtocol) -> Bool {
  !name.isEmpty && name.first?.isNumber == false
    && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
}
