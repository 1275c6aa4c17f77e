// Log metadata as text: bounded, and never able to end the line it stands in.

import Logging

enum LogField {
  /// Longer texts are cut: one careless field must not fill a disk.
  static let maxLength = 4096
  private static let maxDepth = 6

  /// The event's metadata over the logger's, the provider's between them, sorted by key.
  static func merged(
    _ own: Logger.Metadata, _ provider: Logger.MetadataProvider?, _ event: LogEvent
  ) -> [(key: String, value: Logger.MetadataValue)] {
    var all = own
    if let provider { all.merge(provider.get()) { $1 } }
    if let metadata = event.metadata { all.merge(metadata) { $1 } }
    if let error = event.error { all["error"] = .string("\(error)") }
    return all.sorted { $0.key < $1.key }
  }

  static func cut(_ text: String) -> Substring {
    text.utf8.count <= maxLength ? text[...] : text.prefix(maxLength) + "…"
  }

  static func appendJSON(_ text: String, to line: inout String) {
    line += "\""
    for scalar in cut(text).unicodeScalars {
      switch scalar {
      case "\"": line += "\\\""
      case "\\": line += "\\\\"
      case "\n": line += "\\n"
      case "\r": line += "\\r"
      case "\t": line += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}": line += unicodeEscape(scalar)
      default: line.unicodeScalars.append(scalar)
      }
    }
    line += "\""
  }

  static func appendJSON(_ value: Logger.MetadataValue, to line: inout String, depth: Int = 0) {
    guard depth < maxDepth else { return appendJSON("…", to: &line) }
    switch value {
    case .string(let text): appendJSON(text, to: &line)
    case .stringConvertible(let value): appendJSON(value.description, to: &line)
    case .array(let values):
      line += "["
      for (index, value) in values.enumerated() {
        if index > 0 { line += "," }
        appendJSON(value, to: &line, depth: depth + 1)
      }
      line += "]"
    case .dictionary(let fields):
      line += "{"
      for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { line += "," }
        appendJSON(field.key, to: &line)
        line += ":"
        appendJSON(field.value, to: &line, depth: depth + 1)
      }
      line += "}"
    }
  }

  /// For a terminal: quoted only where it must be, control characters made visible.
  static func plain(_ value: Logger.MetadataValue) -> String {
    var text = ""
    switch value {
    case .string, .stringConvertible:
      let content = "\(value)"
      if !content.isEmpty,
        !content.unicodeScalars.contains(where: {
          $0.value <= 0x20 || "\"\\=\u{7F}".unicodeScalars.contains($0)
        })
      {
        return String(cut(content))
      }
      appendJSON(content, to: &text)
    case .array, .dictionary: appendJSON(value, to: &text)
    }
    return text
  }

  static func unicodeEscape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
