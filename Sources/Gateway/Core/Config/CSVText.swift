// Reads comma-separated values (RFC 4180) with the place of every field, so that an error can say where it is.

/// Commas or semicolons, whichever the first line has (spreadsheets of some countries write the latter). Empty lines
/// and lines that begin with # are left out.
struct CSVText {
  struct Field: Sendable, Hashable {
    let text: String
    let place: YAMLNode.Place
  }
  struct Broken: Error {
    let place: YAMLNode.Place
    let message: String
  }

  static func rows(_ bytes: [UInt8]) throws(Broken) -> [[Field]] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Broken(place: .start, message: "is not UTF-8: save it as \"CSV UTF-8\"")
    }
    var reader = CSVText(text)
    var rows: [[Field]] = []
    while let row = try reader.row() {
      if row.count > 1 || !row[0].text.isEmpty, !row[0].text.hasPrefix("#") { rows.append(row) }
    }
    return rows
  }

  // Characters, so that a line ending of two bytes is one, and columns count what people see.
  private let characters: [Character]
  private var at = 0
  private var place = YAMLNode.Place.start
  private let separator: Character

  private init(_ text: String) {
    characters = Array(text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...])
    let first = characters.prefix { !$0.isNewline }
    separator = first.contains(";") && !first.contains(",") ? ";" : ","
  }

  private var current: Character? { at < characters.count ? characters[at] : nil }

  private mutating func step() {
    let wasNewline = characters[at].isNewline
    place =
      wasNewline ? .init(line: place.line + 1, column: 1) : .init(line: place.line, column: place.column + 1)
    at += 1
  }

  private mutating func row() throws(Broken) -> [Field]? {
    guard current != nil else { return nil }
    var row = [try field()]
    while current == separator {
      step()
      row.append(try field())
    }
    if current != nil { step() }
    return row
  }

  private mutating func field() throws(Broken) -> Field {
    while current == " " || current == "\t" { step() }
    let begin = place
    guard current == "\"" else {
      var text = ""
      while let next = current, next != separator, !next.isNewline {
        text.append(next)
        step()
      }
      while text.last == " " || text.last == "\t" { text.removeLast() }
      return Field(text: text, place: begin)
    }
    step()
    var text = ""
    while let next = current {
      step()
      guard next == "\"" else {
        text.append(next)
        continue
      }
      if current == "\"" {
        text.append("\"")
        step()
        continue
      }
      while current == " " || current == "\t" { step() }
      if let next = current, next != separator, !next.isNewline {
        throw Broken(place: place, message: "after a closing quote the field must end")
      }
      return Field(text: text, place: begin)
    }
    throw Broken(place: begin, message: "this quote is never closed")
  }
}
