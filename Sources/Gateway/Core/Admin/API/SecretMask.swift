// The configuration file as it may be shown: a secret that was written out is refused when the file is read, and
// shown it must not be even then.

import PluginAPI

struct SecretMask {
  static let shown = "•••"
  private let types: [any Plugin.Type]
  private var hidden: [Range<Int>] = []

  init(types: [any Plugin.Type]) { self.types = types }

  /// Nil where the text cannot be read as YAML: nobody knows then where a secret stands.
  static func lines(of bytes: [UInt8], types: [any Plugin.Type]) -> [String]? {
    let (root, problems) = YAMLParser.parse(bytes, file: "")
    guard let root, problems.isEmpty else { return nil }
    var mask = SecretMask(types: types)
    guard mask.visit(root, gatewayOptions()) else { return nil }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    var comments = SecretComments()
    return mask.apply(to: Array(String(decoding: text, as: UTF8.self).unicodeScalars))
      .split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .map { comments.masked(String($0)) }
  }

  // MARK: The tree

  /// `options` are those that are read here. False: a key may hold a secret itself.
  private mutating func visit(_ node: YAMLNode, _ options: [OptionNode]) -> Bool {
    switch node.content {
    case .scalar: return true
    case .list(let items): return items.reduce(true) { visit($1, options) && $0 }
    case .mapping(let entries):
      return entries.reduce(true) { visit($1, among: options) && $0 }
    }
  }

  private mutating func visit(_ entry: YAMLNode.Entry, among options: [OptionNode]) -> Bool {
    guard let option = options.first(where: { $0.declaration.key == entry.key }) else {
      if entry.key.contains(":") { return false }
      if Self.looksSecret(entry.key, among: options) { hide(entry.value) }
      return visit(entry.value, [])
    }
    if option.declaration == GatewayConfig.pluginsOption { return visitPlugins(entry.value) }
    switch option.declaration.kind {
    case .secret, .secretList: hide(entry.value)
    case .section, .sectionList: return visit(entry.value, option.children)
    default: break
    }
    return true
  }

  private mutating func visitPlugins(_ node: YAMLNode) -> Bool {
    guard case .mapping(let plugins) = node.content else { return true }
    return plugins.reduce(true) { isSafe, plugin in
      var word = ""
      if case .mapping(let entries) = plugin.value.content,
        case .scalar(let text, _)? = entries.first(where: { $0.key == "type" })?.value.content
      {
        word = text
      }
      let type = types.first { $0.type == word }
      return visit(plugin.value, type.map { options(of: $0) } ?? []) && isSafe
    }
  }

  /// Of a key that nobody reads: perhaps a misspelt one.
  static func looksSecret(_ key: String, among options: [OptionNode]) -> Bool {
    if ["password", "secret", "token", "passphrase"].contains(where: key.lowercased().contains) {
      return true
    }
    let secrets = options.map(\.declaration).filter { $0.kind == .secret || $0.kind == .secretList }
    return !near(key, in: secrets.map(\.key)).isEmpty
  }

  /// Every value in it that is no reference.
  private mutating func hide(_ node: YAMLNode) {
    switch node.content {
    case .scalar(let text, _):
      if let range = node.range, !node.isEmpty, !Self.isReference(text) { hidden.append(range) }
    case .list(let items): for item in items { hide(item) }
    case .mapping(let entries): for entry in entries { hide(entry.value) }
    }
  }

  static func isReference(_ text: some StringProtocol) -> Bool {
    if text.hasPrefix("env:") {
      return isVariableName(text.dropFirst(4)) || text.dropFirst(4).hasPrefix("${")
    }
    if text.hasPrefix("file:") { return true }
    guard text.hasPrefix("${"), text.hasSuffix("}") else { return false }
    let inside = text.dropFirst(2).dropLast()
    guard let colon = inside.firstIndex(of: ":") else { return isVariableName(inside) }
    let fallback = inside[colon...].dropFirst(2)
    return isVariableName(inside[..<colon]) && inside[colon...].hasPrefix(":-")
      && (fallback.isEmpty || isReference(fallback))
  }

  // MARK: The text

  /// With as many lines as before.
  private func apply(to scalars: [Unicode.Scalar]) -> String {
    var shown = String.UnicodeScalarView()
    var next = 0
    for range in hidden.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.lowerBound >= next {
      shown += scalars[next..<range.lowerBound]
      shown += Self.shown.unicodeScalars
      shown += scalars[range].filter { $0 == "\n" }
      next = range.upperBound
    }
    return String(shown + scalars[next...])
  }
}
