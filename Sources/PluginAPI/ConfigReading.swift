// What stands behind a `ConfigSection`: the YAML reader, and the recorder that lists a plugin's options.

/// One option, as the read that uses it declares it. Feeds reading, `plugins`, the JSON schema and the READMEs.
public struct OptionDeclaration: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case string, bool, secret, file, url
    case duration(ClosedRange<Duration>)
    case int(ClosedRange<Int>)
    case choice([String])
    case stringList
    case secretList
    /// A mapping with free keys and scalar values.
    case dictionary
    case section
    case sectionList
  }
  public let key: String
  public let kind: Kind
  /// The default as it would be written, or nil.
  public let defaultText: String?
  public let required: Bool
  public let meaning: String

  public init(_ key: String, _ kind: Kind, default defaultText: String?, required: Bool, _ meaning: String) {
    self.key = key
    self.kind = kind
    self.defaultText = defaultText
    self.required = required
    self.meaning = meaning
  }
}

/// The primitive reads. A missing option is nil; a wrong one is recorded with its place, and is nil too.
public protocol ConfigReading: Sendable {
  /// The scalar's text, with environment references already replaced. An empty text counts as missing.
  func scalar(_ option: OptionDeclaration) -> String?
  func strings(_ option: OptionDeclaration) -> [String]?
  func dictionary(_ option: OptionDeclaration) -> [String: String]?
  func section(_ option: OptionDeclaration) -> ConfigSection?
  func sections(_ option: OptionDeclaration) -> [ConfigSection]?
  /// Whether the option is written as a plain scalar (for options that may be a word or a mapping).
  func isScalar(_ key: String) -> Bool
  /// Makes the reference's secret; records an error when it is no reference.
  func secret(_ option: OptionDeclaration) -> Secret?
  /// One for each reference; empty elements are left out.
  func secrets(_ option: OptionDeclaration) -> [Secret]?
  /// Turns a path relative to the configuration file into one relative to the process.
  func resolve(path: String) -> String
  /// Records an error at the place of `key` (nil: of the section itself).
  func reject(_ key: String?, _ message: String)
}
