// Stands in for a file and writes down what is read from it: one declaration of an option serves everything.

import PluginAPI

final class RecordingReader: ConfigReading {
  /// What the reads find. Options that are read only in some cases are found by trying several.
  enum Answers: Sendable, Hashable {
    case nothing
    /// Nothing, and each option that may be a word or a mapping is a word.
    case words
    /// Something everywhere; of a choice the word with this index.
    case something(Int)
    static let all: [Answers] = [.nothing, .words] + (0..<8).map { .something($0) }
  }

  private let answers: Answers
  private let log = Locked<[(declaration: OptionDeclaration, child: RecordingReader?)]>([])
  init(_ answers: Answers) { self.answers = answers }

  /// Every option that `read` reads, in its order.
  static func record(_ read: (ConfigSection) -> Void) -> [OptionNode] {
    var options: [OptionNode] = []
    for answers in Answers.all {
      let reader = RecordingReader(answers)
      read(ConfigSection(reader))
      options.merge(reader.options)
    }
    return options
  }

  var options: [OptionNode] {
    log.withLock { $0 }.map { OptionNode(declaration: $0.declaration, children: $0.child?.options ?? []) }
  }

  func scalar(_ option: OptionDeclaration) -> String? {
    note(option)
    guard case .something(let index) = answers else { return nil }
    return switch option.kind {
    case .string, .file: "sample"
    case .url: "https://sample.example"
    case .bool: String(index.isMultiple(of: 2))
    case .choice(let words): words.isEmpty ? nil : words[min(index, words.count - 1)]
    default: nil
    }
  }

  func strings(_ option: OptionDeclaration) -> [String]? {
    note(option)
    return nil
  }
  func dictionary(_ option: OptionDeclaration) -> [String: String]? {
    note(option)
    return nil
  }
  func secrets(_ option: OptionDeclaration) -> [Secret]? {
    note(option)
    return nil
  }
  func secret(_ option: OptionDeclaration) -> Secret? {
    note(option)
    guard case .something = answers else { return nil }
    return Secret(reference: "env:SAMPLE") { () throws(SecretUnavailable) in
      throw SecretUnavailable("only listed")
    }
  }
  func section(_ option: OptionDeclaration) -> ConfigSection? { ConfigSection(child(option)) }
  func sections(_ option: OptionDeclaration) -> [ConfigSection]? { [ConfigSection(child(option))] }
  func isScalar(_ key: String) -> Bool { answers == .words }
  func resolve(path: String) -> String { path }
  func reject(_ key: String?, _ message: String) {}

  private func note(_ option: OptionDeclaration, _ child: RecordingReader? = nil) {
    log.withLock { log in
      if !log.contains(where: { $0.declaration == option }) { log.append((option, child)) }
    }
  }

  private func child(_ option: OptionDeclaration) -> RecordingReader {
    if let known = log.withLock({ $0.first { $0.declaration == option }?.child }) { return known }
    let child = RecordingReader(answers)
    note(option, child)
    return child
  }
}
