// The login digest covers the bytes of `info` as the PBX sent them; no decoder gives those back unchanged.

enum RawJSON {
  /// The value of a member of the outermost object as compact JSON text, nil when there is none such: cut out
  /// of `text`, white space outside strings dropped, everything else (order, escapes, `/`) byte for byte.
  /// `text` must be valid JSON; anything else yields nil or some part of it, never a trap.
  static func member(_ name: String, of text: [UInt8]) -> [UInt8]? {
    let name = Array(name.utf8)
    var depth = 0
    var expectsKey = false
    var valueStart: Int?
    var index = 0
    while index < text.count {
      switch text[index] {
      case quote:
        let end = stringEnd(text, from: index)
        if depth == 1, expectsKey {
          expectsKey = false
          if text[(index + 1)..<max(index + 1, end - 1)].elementsEqual(name) {
            var next = end
            while next < text.count, isSpace(text[next]) { next += 1 }
            if next < text.count, text[next] == colon { valueStart = next + 1 }
          }
        }
        index = end
        continue
      case openBrace, openBracket:
        depth += 1
        if depth == 1 { expectsKey = text[index] == openBrace }
      case closeBrace, closeBracket:
        if depth == 1, let valueStart { return compact(text[valueStart..<index]) }
        depth -= 1
      case comma where depth == 1:
        if let valueStart { return compact(text[valueStart..<index]) }
        expectsKey = true
      default: break
      }
      index += 1
    }
    return nil
  }

  /// Drops white space outside strings.
  static func compact(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var inString = false
    var escaped = false
    for byte in text {
      if inString {
        if escaped {
          escaped = false
        } else if byte == backslash {
          escaped = true
        } else {
          inString = byte != quote
        }
      } else if isSpace(byte) {
        continue
      } else {
        inString = byte == quote
      }
      result.append(byte)
    }
    return result
  }

  /// The index after the closing quote of the string that begins at `start`.
  private static func stringEnd(_ text: [UInt8], from start: Int) -> Int {
    var index = start + 1
    while index < text.count {
      if text[index] == quote { return index + 1 }
      index += text[index] == backslash ? 2 : 1
    }
    return text.count
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }
  private static let quote = UInt8(ascii: "\"")
  private static let backslash = UInt8(ascii: "\\")
  private static let colon = UInt8(ascii: ":")
  private static let comma = UInt8(ascii: ",")
  private static let openBrace = UInt8(ascii: "{")
  private static let closeBrace = UInt8(ascii: "}")
  private static let openBracket = UInt8(ascii: "[")
  private static let closeBracket = UInt8(ascii: "]")
}
