// Typed reads with default, range and meaning in one call: every wrong option gets file, line and column.

/// A mapping of the configuration. A read of a wrong value records the error and returns a stand-in, so that all
/// errors are found at once; a key that nobody read is an error too. Read everything in `init`, unconditionally.
public struct ConfigSection: Sendable {
  private let reader: any ConfigReading
  public init(_ reader: any ConfigReading) { self.reader = reader }

  public func string(_ key: String, _ meaning: String) -> String {
    reader.scalar(.init(key, .string, default: nil, required: true, meaning)) ?? ""
  }
  public func string(_ key: String, default value: String, _ meaning: String) -> String {
    reader.scalar(.init(key, .string, default: value, required: false, meaning)) ?? value
  }
  public func optionalString(_ key: String, _ meaning: String) -> String? {
    reader.scalar(.init(key, .string, default: nil, required: false, meaning))
  }

  public func int(_ key: String, default value: Int, in range: ClosedRange<Int>, _ meaning: String) -> Int {
    let option = OptionDeclaration(key, .int(range), default: String(value), required: false, meaning)
    guard let text = reader.scalar(option) else { return value }
    guard let number = Int(text) else { return reject(key, "must be a whole number, is \(text)", value) }
    guard range.contains(number) else {
      return reject(key, "must be \(range.lowerBound)…\(range.upperBound), is \(number)", value)
    }
    return number
  }

  public func bool(_ key: String, default value: Bool, _ meaning: String) -> Bool {
    guard let text = reader.scalar(.init(key, .bool, default: String(value), required: false, meaning))
    else { return value }
    switch text {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: return reject(key, "must be true or false, is \(text)", value)
    }
  }

  /// Written as `500ms`, `30s`, `10 min`, `4h` or `1d`.
  public func duration(
    _ key: String, default value: Duration, in range: ClosedRange<Duration>, _ meaning: String
  ) -> Duration {
    let option = OptionDeclaration(key, .duration(range), default: value.configText, required: false, meaning)
    guard let text = reader.scalar(option) else { return value }
    guard let duration = Duration(configText: text) else {
      return reject(key, "must be a time such as 30s, 10min or 4h, is \(text)", value)
    }
    guard range.contains(duration) else {
      let bounds = "\(range.lowerBound.configText)…\(range.upperBound.configText)"
      return reject(key, "must be \(bounds), is \(duration.configText)", value)
    }
    return duration
  }

  public func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ key: String, default value: Value, _ meaning: String
  ) -> Value {
    let words = Value.allCases.map(\.rawValue)
    let option = OptionDeclaration(key, .choice(words), default: value.rawValue, required: false, meaning)
    guard let text = reader.scalar(option) else { return value }
    return Value(rawValue: text)
      ?? reject(
        key, "must be \(words.joined(separator: ", ")), is \(text)\(suggestion(for: text, in: words))", value)
  }

  /// An `http` or `https` address without a trailing slash.
  public func optionalURL(_ key: String, default value: String? = nil, _ meaning: String) -> String? {
    let option = OptionDeclaration(key, .url, default: value, required: false, meaning)
    guard let text = reader.scalar(option) else { return value }
    guard text.hasPrefix("https://") || text.hasPrefix("http://"), !text.contains(" "), text.count > 8 else {
      return reject(key, "must be an address such as https://gateway.example.com, is \(text)", value)
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// A path, relative to the configuration file; `file:` before it is allowed.
  public func optionalFile(_ key: String, _ meaning: String) -> String? {
    guard let text = reader.scalar(.init(key, .file, default: nil, required: false, meaning)) else {
      return nil
    }
    return reader.resolve(path: text.hasPrefix("file:") ? String(text.dropFirst(5)) : text)
  }

  /// Only a reference is accepted: `env:NAME` or `file:PATH`.
  public func secret(_ key: String, _ meaning: String) -> Secret {
    reader.secret(.init(key, .secret, default: nil, required: true, meaning))
      ?? Secret(reference: "missing") { () throws(SecretUnavailable) in
        throw SecretUnavailable("not configured")
      }
  }
  public func optionalSecret(_ key: String, _ meaning: String) -> Secret? {
    reader.secret(.init(key, .secret, default: nil, required: false, meaning))
  }
  public func secrets(_ key: String, _ meaning: String) -> [Secret] {
    reader.secrets(.init(key, .secretList, default: "[]", required: false, meaning)) ?? []
  }

  public func strings(_ key: String, default value: [String] = [], _ meaning: String) -> [String] {
    let text = "[\(value.joined(separator: ", "))]"
    return reader.strings(.init(key, .stringList, default: text, required: false, meaning)) ?? value
  }
  public func dictionary(_ key: String, _ meaning: String) -> [String: String] {
    reader.dictionary(.init(key, .dictionary, default: nil, required: false, meaning)) ?? [:]
  }

  /// A nested mapping; when it is missing an empty one is read, so that its defaults and required options count.
  public func section(_ key: String, _ meaning: String) -> ConfigSection {
    reader.section(.init(key, .section, default: nil, required: true, meaning)) ?? self
  }
  public func optionalSection(_ key: String, _ meaning: String) -> ConfigSection? {
    reader.section(.init(key, .section, default: nil, required: false, meaning))
  }
  public func sections(_ key: String, required: Bool = false, _ meaning: String) -> [ConfigSection] {
    reader.sections(.init(key, .sectionList, default: nil, required: required, meaning)) ?? []
  }

  /// For an option that may be a word or a mapping.
  public func isScalar(_ key: String) -> Bool { reader.isScalar(key) }
  /// Records an error at the place of `key` (nil: of this section).
  public func reject(_ key: String?, _ message: String) { reader.reject(key, message) }

  private func reject<Value>(_ key: String, _ message: String, _ value: Value) -> Value {
    reader.reject(key, message)
    return value
  }
}
