// JSON as a tree, so that tests can look at any member of an answer.

import FoundationEssentials

enum LooseJSON: Decodable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  case string(String)
  case number(Double)
  case bool(Bool)
  case array([LooseJSON])
  case object([String: LooseJSON])
  case null

  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .number(Double(value)) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(nilLiteral: ()) { self = .null }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let array = try? value.decode([LooseJSON].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: LooseJSON].self))
    }
  }

  init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(LooseJSON.self, from: Data(bytes)) }

  /// Null for a missing member.
  subscript(_ key: String) -> LooseJSON {
    if case .object(let members) = self { members[key] ?? .null } else { .null }
  }
  subscript(_ index: Int) -> LooseJSON {
    if case .array(let items) = self, items.indices.contains(index) { items[index] } else { .null }
  }
  var text: String { if case .string(let text) = self { text } else { "" } }
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  var items: [LooseJSON] { if case .array(let items) = self { items } else { [] } }
  var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
}
