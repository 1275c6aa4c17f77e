// The JSON Schema of `plugins.yaml`, from the options as they are read, so that editors complete and check it.

import PluginAPI

/// JSON Schema draft 2020-12. Environment references are allowed wherever a scalar is.
public enum SchemaWriter {
  /// The text of `plugins.schema.json`: the same for the same options, with a newline at its end.
  public static func schema(for types: [any Plugin.Type]) -> String {
    var properties: [(String, JSONText)] = []
    let gateway = gatewayOptions()
    for option in gateway {
      let key = option.declaration.key
      properties.append(
        (key, key == GatewayConfig.pluginsOption.key ? plugins(types, option.declaration) : value([option])))
    }
    var definitions: [(String, JSONText)] = [
      ("text", ["type": ["string", "number", "boolean", "null"]]),
      (
        "reference",
        [
          "description": "An environment reference, ${NAME} or ${NAME:-default}, or nothing.",
          "anyOf": [["type": "string", "pattern": .string(#"^$|\$\{"#)], ["type": "null"]],
        ]
      ),
    ]
    for type in types { definitions.append((type.type, connector(type))) }
    let root: JSONText = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "Presence Gateway: plugins.yaml",
      "type": "object",
      "additionalProperties": .bool(false),
      // Places for anchors.
      "patternProperties": ["^x-": .bool(true)],
      "required": .strings(
        gateway.filter(\.isRequired).map(\.declaration.key) + [GatewayConfig.pluginsOption.key]),
      "properties": .object(properties),
      "$defs": .object(definitions),
    ]
    return root.written() + "\n"
  }

  private static func plugins(_ types: [any Plugin.Type], _ option: OptionDeclaration) -> JSONText {
    let cases = types.map { type -> JSONText in
      [
        "if": ["properties": ["type": ["const": .string(type.type)]]],
        "then": ["$ref": .string("#/$defs/\(type.type)")],
      ]
    }
    return [
      "description": .string(option.meaning),
      "type": "object",
      "propertyNames": ["pattern": "^[a-z][a-z0-9_-]*$"],
      "additionalProperties": [
        "type": "object",
        "required": ["type"],
        "properties": ["type": ["enum": .strings(types.map { $0.type })]],
        "allOf": .array(cases),
      ],
    ]
  }

  private static func connector(_ type: any Plugin.Type) -> JSONText {
    let rest = options(of: type).filter { $0.declaration.key != "type" }
    guard case .object(let members) = mapping(rest, first: ("type", ["const": .string(type.type)])) else {
      return [:]
    }
    return .object([("description", .string(type.summary))] + members)
  }

  /// A mapping with exactly these options.
  private static func mapping(_ options: [OptionNode], first: (String, JSONText)? = nil) -> JSONText {
    var keys: [String] = []
    for option in options where !keys.contains(option.declaration.key) { keys.append(option.declaration.key) }
    var properties = first.map { [$0] } ?? []
    for key in keys { properties.append((key, value(options.filter { $0.declaration.key == key }))) }
    var members: [(String, JSONText)] = [("type", "object"), ("additionalProperties", .bool(false))]
    let required = options.filter(\.isRequired).map(\.declaration.key)
    if !required.isEmpty { members.append(("required", .strings(required))) }
    members.append(("properties", .object(properties)))
    return .object(members)
  }

  /// One key, which may have several forms (a word or a mapping).
  private static func value(_ options: [OptionNode]) -> JSONText {
    let declaration = options[0].declaration
    var members: [(String, JSONText)] = [("description", .string(declaration.meaning))]
    if let initial = options.lazy.compactMap(defaultValue).first { members.append(("default", initial)) }
    let forms = options.flatMap(forms)
    if forms.count == 1, case .object(let only) = forms[0] { return .object(members + only) }
    return .object(members + [("anyOf", .array(forms))])
  }

  private static func forms(_ option: OptionNode) -> [JSONText] {
    let reference: JSONText = ["$ref": "#/$defs/reference"]
    switch option.declaration.kind {
    case .string, .file: return [["$ref": "#/$defs/text"]]
    case .bool: return [["type": "boolean"], ["enum": ["yes", "no", "on", "off"]], reference]
    case .int(let range):
      return [
        ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)], reference,
      ]
    case .choice(let words): return [["enum": .strings(words)], reference]
    case .duration: return [["type": "string", "pattern": "^[0-9]+ *(ms|s|sec|m|min|h|d)$"], reference]
    case .url: return [["type": "string", "pattern": "^https?://"], reference]
    case .secret: return [["type": "string", "pattern": "^(env:[A-Za-z_]|file:.)"], reference]
    case .stringList: return [["type": "array", "items": ["$ref": "#/$defs/text"]], reference]
    case .secretList:
      return [
        [
          "type": "array",
          "items": ["anyOf": [["type": "string", "pattern": "^(env:[A-Za-z_]|file:.)"], reference]],
        ], reference,
      ]
    case .dictionary:
      return [["type": "object", "additionalProperties": ["$ref": "#/$defs/text"]], reference]
    case .section:
      return option.isRequired ? [mapping(option.children)] : [mapping(option.children), ["type": "null"]]
    case .sectionList: return [["type": "array", "items": mapping(option.children)]]
    }
  }

  private static func defaultValue(_ option: OptionNode) -> JSONText? {
    guard let text = option.declaration.defaultText else { return nil }
    switch option.declaration.kind {
    case .int: return Int(text).map { .int($0) }
    case .bool: return .bool(text == "true")
    case .stringList, .secretList:
      let items = text.dropFirst().dropLast().split(separator: ",")
      return .strings(items.map { String($0.drop { $0 == " " }) })
    default: return .string(text)
    }
  }
}
