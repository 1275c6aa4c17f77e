// The options that something reads, as a tree: for `plugins`, the JSON schema and the READMEs.

import PluginAPI

public struct OptionNode: Sendable, Hashable {
  public let declaration: OptionDeclaration
  /// Of a section, or of each entry of a section list.
  public internal(set) var children: [OptionNode]

  /// Whether a file without it is incomplete: itself, or something in a section that is always read.
  public var isRequired: Bool {
    declaration.required && (declaration.kind != .section || children.contains(where: \.isRequired))
  }
}

/// Every option of a connector, in the order it reads them.
public func options(of type: any Plugin.Type) -> [OptionNode] {
  RecordingReader.record { section in
    _ = section.string("type", "Which connector: \(type.type)")
    _ = type.init(config: section, context: OfflineContext.context(id: "plugin"))
  }
}

/// The options of the gateway itself; `plugins` stands without children.
public func gatewayOptions() -> [OptionNode] {
  var options = RecordingReader.record { root in _ = GatewayConfig(reading: root, resolve: { $0 }) }
  options.insert(OptionNode(declaration: GatewayConfig.pluginsOption, children: []), at: 1)
  return options
}

extension [OptionNode] {
  /// Adds what `others` has more; an option that is read only in some cases comes where that case has it.
  mutating func merge(_ others: [OptionNode]) {
    var next = startIndex
    for other in others {
      let same = firstIndex {
        $0.declaration.key == other.declaration.key && $0.declaration.kind == other.declaration.kind
      }
      if let same {
        self[same].children.merge(other.children)
        next = index(after: same)
      } else {
        insert(other, at: next)
        next = index(after: next)
      }
    }
  }
}
