// Options as people read them: a listing for `presence-gateway plugins`, a table for each plugin's README.

import PluginAPI

public enum OptionTable {
  struct Row {
    let option: String
    let value: String
    let initial: String
    let meaning: String
  }

  /// One connector with its options, each on a line of its own, and what it means below it.
  public static func text(for type: any Plugin.Type) -> String {
    let rows = rows(options(of: type).filter { $0.declaration.key != "type" })
    let lines = rows.flatMap { row in
      [
        "  \(row.option): \(row.value)\(row.initial.isEmpty ? "" : " (\(row.initial))")",
        "      \(row.meaning)",
      ]
    }
    return (["\(type.type): \(type.summary)"] + lines).joined(separator: "\n") + "\n"
  }

  /// The Markdown table of a connector's options, for its README.
  public static func markdown(for type: any Plugin.Type) -> String {
    markdown(options(of: type).filter { $0.declaration.key != "type" })
  }

  public static func markdown(_ options: [OptionNode]) -> String {
    let head = ["| option | value | default | meaning |", "|---|---|---|---|"]
    let lines = rows(options).map { row in
      let cells = ["`\(row.option)`", row.value, row.initial.isEmpty ? "–" : row.initial, row.meaning]
      return "| \(cells.map { $0.split(separator: "|").joined(separator: "\\|") }.joined(separator: " | ")) |"
    }
    return (head + lines).joined(separator: "\n") + "\n"
  }

  /// Sections are spelled out in their options' names; one without options of its own has no row.
  static func rows(_ options: [OptionNode], below prefix: String = "") -> [Row] {
    options.flatMap { option in
      let declaration = option.declaration
      let name = prefix + declaration.key
      switch declaration.kind {
      case .section: return rows(option.children, below: "\(name).")
      case .sectionList:
        let row = Row(
          option: "\(name)[]", value: "list", initial: initial(declaration), meaning: declaration.meaning)
        return [row] + rows(option.children, below: "\(name)[].")
      default:
        return [
          Row(
            option: name, value: value(declaration.kind), initial: initial(declaration),
            meaning: declaration.meaning)
        ]
      }
    }
  }

  private static func initial(_ option: OptionDeclaration) -> String {
    option.required ? "required" : option.defaultText ?? ""
  }

  private static func value(_ kind: OptionDeclaration.Kind) -> String {
    switch kind {
    case .string: "text"
    case .bool: "true | false"
    case .secret: "env:NAME or file:PATH"
    case .file: "file"
    case .url: "address"
    case .duration(let range): "time, \(range.lowerBound.configText)…\(range.upperBound.configText)"
    case .int(let range): "\(range.lowerBound)…\(range.upperBound)"
    case .choice(let words): words.joined(separator: " | ")
    case .stringList: "list of texts"
    case .secretList: "list of env:NAME or file:PATH"
    case .dictionary: "mapping of texts"
    case .section: "mapping"
    case .sectionList: "list"
    }
  }
}
