// A configuration written as Swift literals, for plugin tests that cannot see the YAML reader.

import PluginAPI

public indirect enum ConfigValue: Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  case scalar(String)
  case list([ConfigValue])
  case mapping([String: ConfigValue])
  public init(stringLiteral value: String) { self = .scalar(value) }
  public init(arrayLiteral elements: ConfigValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, ConfigValue)...) {
    self = .mapping(.init(elements, uniquingKeysWith: { $1 }))
  }
}

/// A secret here is `env:` and the secret itself: `env:hunter2` reveals `hunter2`.
public final class TestConfig: ConfigReading {
  private let values: [String: ConfigValue]
  private let path: String
  private let rejections: Locked<[String]>
  private let read = Locked<[OptionDeclaration]>([])

  public convenience init(_ value: ConfigValue) { self.init(value, path: "", rejections: Locked([])) }
  private init(_ value: ConfigValue, path: String, rejections: Locked<[String]>) {
    if case .mapping(let values) = value { self.values = values } else { values = [:] }
    self.path = path
    self.rejections = rejections
  }

  public var section: ConfigSection { ConfigSection(self) }
  /// `path.key: message` of everything that was rejected, nested sections included.
  public var errors: [String] { rejections.withLock { $0 } }
  /// What was read of this section itself, in the order of the reads.
  public var options: [OptionDeclaration] { read.withLock { $0 } }

  public func scalar(_ option: OptionDeclaration) -> String? {
    note(option)
    if case .scalar(let text)? = values[option.key], !text.isEmpty { return text }
    return missing(option)
  }
  public func strings(_ option: OptionDeclaration) -> [String]? {
    note(option)
    guard case .list(let items)? = values[option.key] else { return missing(option) }
    return items.compactMap { if case .scalar(let text) = $0 { text } else { nil } }
  }
  public func dictionary(_ option: OptionDeclaration) -> [String: String]? {
    note(option)
    guard case .mapping(let entries)? = values[option.key] else { return missing(option) }
    return entries.compactMapValues { if case .scalar(let text) = $0 { text } else { nil } }
  }
  public func section(_ option: OptionDeclaration) -> ConfigSection? {
    note(option)
    guard let value = values[option.key] else {
      return option.required ? ConfigSection(child([:], option.key)) : nil
    }
    return ConfigSection(child(value, option.key))
  }
  public func sections(_ option: OptionDeclaration) -> [ConfigSection]? {
    note(option)
    guard case .list(let items)? = values[option.key] else { return missing(option) }
    return items.enumerated().map { ConfigSection(child($1, "\(option.key)[\($0)]")) }
  }
  public func isScalar(_ key: String) -> Bool {
    if case .scalar? = values[key] { true } else { false }
  }
  public func secret(_ option: OptionDeclaration) -> Secret? {
    guard let text = scalar(option) else { return nil }
    return Secret(reference: "env:TEST") { () throws(SecretUnavailable) in String(text.dropFirst(4)) }
  }
  public func secrets(_ option: OptionDeclaration) -> [Secret]? {
    strings(option)?.map { text in
      Secret(reference: "env:TEST") { () throws(SecretUnavailable) in String(text.dropFirst(4)) }
    }
  }
  public func resolve(path: String) -> String { path }
  public func reject(_ key: String?, _ message: String) {
    let place = [path, key ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
    rejections.withLock { $0.append("\(place): \(message)") }
  }

  private func note(_ option: OptionDeclaration) { read.withLock { $0.append(option) } }
  private func child(_ value: ConfigValue, _ key: String) -> TestConfig {
    TestConfig(value, path: path.isEmpty ? key : "\(path).\(key)", rejections: rejections)
  }
  private func missing<Value>(_ option: OptionDeclaration) -> Value? {
    if option.required { reject(option.key, "is missing") }
    return nil
  }
}
