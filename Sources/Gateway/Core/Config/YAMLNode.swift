// A YAML document as a tree that remembers where everything stands, so that every error can say so.

struct YAMLNode: Sendable, CustomStringConvertible, CustomReflectable {
  /// Line and column, both from 1; columns count characters.
  struct Place: Sendable, Hashable, Comparable {
    var line: Int
    var column: Int
    static let start = Place(line: 1, column: 1)
    static func < (a: Place, b: Place) -> Bool { (a.line, a.column) < (b.line, b.column) }
  }

  struct Entry: Sendable {
    let key: String
    let keyPlace: Place
    let value: YAMLNode
    /// Where an error about the value points to: at the value when it stands beside its key, else at the key.
    var place: Place { value.place.line == keyPlace.line ? value.place : keyPlace }
  }

  enum Content: Sendable {
    /// `plain`: without quotes, so that `null` and `~` mean nothing.
    case scalar(String, plain: Bool)
    case list([YAMLNode])
    /// In the order written; merged entries (`<<`) come last.
    case mapping([Entry])
  }

  let place: Place
  let content: Content
  /// Of a scalar: where its characters are, Unicode scalars from the text's begin.
  let range: Range<Int>?
  /// How many nodes this one is when its aliases are written out.
  let weight: Int

  init(_ content: Content, at place: Place, range: Range<Int>? = nil) {
    self.place = place
    self.range = range
    self.content = content
    weight =
      switch content {
      case .scalar: 1
      case .list(let items): items.reduce(1) { $0 + $1.weight }
      case .mapping(let entries): entries.reduce(1) { $0 + 1 + $1.value.weight }
      }
  }

  /// The kind, as an error message names it.
  var kind: String {
    switch content {
    case .scalar(_, let plain): plain && isEmpty ? "empty" : "a single value"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }

  /// Nothing written, `~` or `null`.
  var isEmpty: Bool {
    guard case .scalar(let text, let plain) = content else { return false }
    return text.isEmpty || plain && ["~", "null", "Null", "NULL"].contains(text)
  }

  /// Scalars stay out of both: a secret written by mistake would print.
  var description: String { "\(kind) at \(place.line):\(place.column)" }
  var customMirror: Mirror { Mirror(self, children: ["kind": kind, "line": place.line]) }
}
