// PBX builds differ in whether a value is a number, a string or left out: one odd member must not cost the
// whole message.

extension KeyedDecodingContainer {
  /// A string; a number is taken by its digits; anything else counts as missing.
  func text(_ key: Key) -> String? {
    guard contains(key) else { return nil }
    if let text = try? decode(String.self, forKey: key) { return text }
    if let number = try? decode(Int.self, forKey: key) { return String(number) }
    return nil
  }

  /// A whole number, or a string of digits.
  func number(_ key: Key) -> Int? {
    guard contains(key) else { return nil }
    if let number = try? decode(Int.self, forKey: key) { return number }
    return (try? decode(String.self, forKey: key)).flatMap { Int($0) }
  }

  /// `true`, `"true"` or `1`; a missing member is false, as the PBX leaves out defaults.
  func flag(_ key: Key) -> Bool {
    guard contains(key) else { return false }
    if let flag = try? decode(Bool.self, forKey: key) { return flag }
    return text(key) == "true" || text(key) == "1"
  }

  /// An odd item is left out.
  func list<Element: Decodable>(_ key: Key, of _: Element.Type) -> [Element] {
    guard contains(key) else { return [] }
    return ((try? decode([Lenient<Element>].self, forKey: key)) ?? []).compactMap(\.value)
  }
}

/// An item of a list, nil when it is none.
private struct Lenient<Value: Decodable>: Decodable {
  let value: Value?
  init(from decoder: any Decoder) { value = try? Value(from: decoder) }
}
