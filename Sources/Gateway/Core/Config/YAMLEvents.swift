// libyaml's event stream as Swift values: the only file that touches its C structures.

import CYaml

struct YAMLEvent {
  enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
    case alias(String)
    case scalar(String, plain: Bool)
    case sequenceStart, mappingStart
  }
  let kind: Kind
  let place: YAMLNode.Place
  /// Of a scalar, as it is written: from its first character on (Unicode scalars from the text's begin).
  var range: Range<Int>?
  var anchor: String?
  var tag: String?
}

/// What libyaml says about text that is no YAML.
struct YAMLSyntaxError: Error {
  let message: String
  let place: YAMLNode.Place
}

/// Pulls events from UTF-8 text; lives inside `withEvents`, because libyaml reads the bytes in place.
struct YAMLEvents {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeBufferPointer<UInt8>

  static func withEvents<Result>(_ bytes: [UInt8], _ body: (YAMLEvents) -> Result) -> Result {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    precondition(yaml_parser_initialize(parser) == 1, "out of memory")
    defer { yaml_parser_delete(parser) }
    return bytes.withUnsafeBufferPointer { bytes in
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
      return body(YAMLEvents(parser: parser, bytes: bytes))
    }
  }

  func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    defer { yaml_event_delete(&event) }
    let place = YAMLNode.Place(event.start_mark)
    let data = event.data
    switch event.type {
    case YAML_ALIAS_EVENT: return YAMLEvent(kind: .alias(text(data.alias.anchor) ?? ""), place: place)
    case YAML_SCALAR_EVENT:
      let scalar = data.scalar
      let value = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return YAMLEvent(
        kind: .scalar(value, plain: scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil),
        place: place, range: Int(event.start_mark.index)..<Int(event.end_mark.index),
        anchor: text(scalar.anchor), tag: text(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let start = data.sequence_start
      return YAMLEvent(kind: .sequenceStart, place: place, anchor: text(start.anchor), tag: text(start.tag))
    case YAML_MAPPING_START_EVENT:
      let start = data.mapping_start
      return YAMLEvent(kind: .mappingStart, place: place, anchor: text(start.anchor), tag: text(start.tag))
    case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, place: place)
    case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, place: place)
    case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, place: place)
    case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, place: place)
    case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, place: place)
    default: return YAMLEvent(kind: .streamEnd, place: place)
    }
  }

  private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func syntaxError() -> YAMLSyntaxError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
    if parser.pointee.error == YAML_READER_ERROR {
      return YAMLSyntaxError(message: problem, place: .init(of: parser.pointee.problem_offset, in: bytes))
    }
    let place = YAMLNode.Place(parser.pointee.problem_mark)
    let context = parser.pointee.context.map { String(cString: $0) }
    if problem.hasPrefix("found character that cannot start any token") {
      return YAMLSyntaxError(message: Self.cannotStart(character(at: place)), place: place)
    }
    guard let context else { return YAMLSyntaxError(message: problem, place: place) }
    let from = YAMLNode.Place(parser.pointee.context_mark)
    let since = from.line == place.line ? "" : " (begun at line \(from.line))"
    let hint =
      context.contains("flow") && lineHasReference(place.line)
      ? ": inside { } and [ ] a ${…} needs quotes" : ""
    return YAMLSyntaxError(message: "\(context), \(problem)\(since)\(hint)", place: place)
  }

  private func lineHasReference(_ number: Int) -> Bool {
    var line = 1
    var last: UInt8 = 0
    for byte in bytes {
      if byte == UInt8(ascii: "\n") { line += 1 }
      if line > number { return false }
      if line == number && last == UInt8(ascii: "$") && byte == UInt8(ascii: "{") { return true }
      last = byte
    }
    return false
  }

  private static func cannotStart(_ character: UInt8?) -> String {
    switch character {
    case UInt8(ascii: "\t"): "a tab cannot indent: use spaces"
    case let character?:
      "a value cannot begin with \(Character(Unicode.Scalar(character))): put it in quotes"
    case nil: "a value cannot begin here"
    }
  }

  private func character(at place: YAMLNode.Place) -> UInt8? {
    var line = 1
    var column = 1
    for byte in bytes where byte & 0xC0 != 0x80 {
      if line == place.line && column == place.column { return byte < 0x80 ? byte : nil }
      if byte == UInt8(ascii: "\n") { (line, column) = (line + 1, 1) } else { column += 1 }
    }
    return nil
  }
}

extension YAMLNode.Place {
  init(_ mark: yaml_mark_t) { self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1) }

  /// The place of a byte, counting characters as UTF-8 begins them.
  init(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
    self = .start
    for byte in bytes.prefix(offset) where byte & 0xC0 != 0x80 {
      if byte == UInt8(ascii: "\n") { self = .init(line: line + 1, column: 1) } else { column += 1 }
    }
  }
}
