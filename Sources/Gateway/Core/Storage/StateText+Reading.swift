// Reads an exported state back: all that is wrong with it at once, each with its line.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

extension StateText {
  /// What is wrong, as `FILE:LINE: reason`.
  struct Mistakes: Error { let texts: [String] }
  private struct Mistake: Error {
    let text: String
    init(_ text: String) { self.text = text }
  }

  /// What a sink held then is doubtful now: nobody knows what has happened since.
  static func read(_ text: String, of file: String) throws(Mistakes) -> (StateChanges, exported: Date) {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    var content = StateChanges()
    var mistakes: [String] = []
    var end: Int?
    var exported = Date(timeIntervalSince1970: 0)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let count = lines.last == "" ? lines.count - 1 : lines.count
    for (index, text) in lines.prefix(count).enumerated() {
      let number = index + 1
      do {
        if end != nil { throw Mistake("there is something after the end") }
        let line = try decoded(text, decoder)
        if number == 1 {
          try checkHead(line)
          exported = line.exported ?? exported
        } else if line.kind == "end" {
          guard line.lines == number else { throw Mistake("\(line.lines ?? 0) lines should end here") }
          end = number
        } else {
          try take(line, into: &content)
        }
      } catch {
        mistakes.append("\(file):\(number): \((error as? Mistake)?.text ?? "\(error)")")
        // Of another file or version nothing else can be right.
        if number == 1 { throw Mistakes(texts: mistakes) }
      }
    }
    if mistakes.isEmpty, end == nil {
      mistakes.append("\(file):\(max(1, count)): it ends too early: export it again")
    }
    guard mistakes.isEmpty else { throw Mistakes(texts: mistakes) }
    return (content, exported)
  }

  private static func decoded(_ text: Substring, _ decoder: JSONDecoder) throws -> Line {
    do { return try decoder.decode(Line.self, from: Data(text.utf8)) } catch let error as DecodingError {
      let context: DecodingError.Context
      switch error {
      case .dataCorrupted(let found), .keyNotFound(_, let found), .typeMismatch(_, let found),
        .valueNotFound(_, let found):
        context = found
      @unknown default: throw Mistake("is not a line of an exported state")
      }
      var path = context.codingPath.map(\.stringValue)
      if case .keyNotFound(let key, _) = error { path.append(key.stringValue) }
      throw Mistake(
        path.isEmpty
          ? "is not a line of JSON" : "\(path.joined(separator: ".")): not what stands here in a state")
    }
  }

  private static func checkHead(_ line: Line) throws {
    guard line.kind == format, let schema = line.schema else {
      throw Mistake("is no exported state: make one with `presence-gateway state export`")
    }
    guard schema <= StateSchema.version else {
      throw Mistake(
        "was exported by a newer presence-gateway (schema \(schema), this one knows \(StateSchema.version)): "
          + "use that version")
    }
  }

  private static func take(_ line: Line, into content: inout StateChanges) throws {
    func field<Value>(_ value: Value?, _ name: String) throws -> Value {
      guard let value else { throw Mistake("\(name) is missing") }
      return value
    }
    func date(_ value: Date?, _ name: String) throws -> Date {
      let date = try field(value, name)
      guard date.timeIntervalSince1970 >= 0, date.timeIntervalSince1970 < 7_258_118_400 else {
        throw Mistake("\(name): must be a time from 1970 to 2199")
      }
      return date
    }
    let plugin = try field(line.plugin, "plugin")
    let before = content.count
    switch line.kind {
    case "held", "doubtful":
      let candidates =
        line.kind == "held"
        ? [try field(line.presence, "presence")] : try field(line.candidates, "candidates")
      content.add([
        HeldRecord(plugin: plugin, user: try field(line.user, "user"), content: .doubtful(candidates))
      ])
    case "source":
      content.add([
        SourceRecord(
          plugin: plugin, user: try field(line.user, "user"), presence: try field(line.presence, "presence"),
          since: try date(line.since, "since"))
      ])
    case "value", "secret":
      let name = StateName(
        plugin: plugin, name: try field(line.name, "name"), isSecret: line.kind == "secret")
      guard let bytes = Base64.decode(try field(line.value, "value")) else {
        throw Mistake("value: must be base64")
      }
      content.values[name] = .some(bytes)
    default: throw Mistake("kind: unknown, \(line.kind)")
    }
    if content.count == before { throw Mistake("says the same thing a second time") }
  }
}
