// What is wrong with a configuration file, and where: one line that an editor can jump to.

/// Prints as `plugins.yaml:7:20: plugins.teams.write.updates_per_second: must be 1…1000, is 9999`.
public struct ConfigProblem: Error, Sendable, Hashable, CustomStringConvertible {
  public let file: String
  /// Both count from 1; columns are characters.
  public let line: Int
  public let column: Int
  /// The option, such as `gateway.public.listen` or `routes[0].to`; empty when it is about the file's form.
  public let path: String
  /// Never holds a secret; control characters are escaped, so that it stays one line.
  public let message: String

  init(file: String, place: YAMLNode.Place, path: String = "", _ message: String) {
    self.file = file
    line = place.line
    column = place.column
    self.path = printable(path)
    self.message = printable(message)
  }

  public var description: String {
    "\(file):\(line):\(column): \(path.isEmpty ? "" : "\(path): ")\(message)"
  }
}

/// Escapes what would break the line or reorder it on a terminal, and bounds the length.
func printable(_ text: String, limit: Int = 400) -> String {
  var out = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    guard count < limit else { return out + "…" }
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
      out += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out
}
