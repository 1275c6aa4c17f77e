// JSON that keeps the order it was built in: a generated file must not change unless its meaning does.

indirect enum JSONText: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case string(String)
  case int(Int)
  case bool(Bool)
  case array([JSONText])
  case object([(String, JSONText)])

  init(stringLiteral value: String) { self = .string(value) }
  init(arrayLiteral elements: JSONText...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSONText)...) { self = .object(elements) }
  static func strings(_ texts: [String]) -> JSONText { .array(texts.map { .string($0) }) }

  /// Two spaces deep; what fits on a short line stays on one.
  func written(indent: String = "") -> String {
    let flat = flat
    if indent.utf8.count + flat.utf8.count <= 90 { return flat }
    let deeper = indent + "  "
    switch self {
    case .array(let items):
      let lines = items.map { deeper + $0.written(indent: deeper) }
      return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
    case .object(let members):
      let lines = members.map { "\(deeper)\(Self.quoted($0)): \($1.written(indent: deeper))" }
      return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    default: return flat
    }
  }

  private var flat: String {
    switch self {
    case .string(let text): Self.quoted(text)
    case .int(let number): String(number)
    case .bool(let flag): String(flag)
    case .array(let items): "[\(items.map(\.flat).joined(separator: ", "))]"
    case .object(let members) where members.isEmpty: "{}"
    case .object(let members):
      "{ \(members.map { "\(Self.quoted($0)): \($1.flat)" }.joined(separator: ", ")) }"
    }
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)"
      case "\n": out += "\\n"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
