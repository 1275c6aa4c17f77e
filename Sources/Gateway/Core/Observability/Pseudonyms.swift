// Names that stand for people in logs: the same person keeps one until the gateway is started again.

/// Keyed by the process's own random seed, so that nobody can try out names against them.
struct Pseudonyms: Sendable {
  func name(for person: some StringProtocol) -> String {
    var hasher = Hasher()
    hasher.combine("person")
    hasher.combine(person.lowercased())
    let digits = String(UInt32(truncatingIfNeeded: hasher.finalize()), radix: 16)
    return "person-" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// With every e-mail address in the text replaced.
  func hidingAddresses(in text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    var (hidden, rest) = ("", text[...])
    while let at = rest.firstIndex(of: "@") {
      let start = rest[..<at].lastIndex { !Self.isInAddress($0) }.map(rest.index(after:)) ?? rest.startIndex
      let behind = rest.index(after: at)
      var end = rest[behind...].firstIndex { !Self.isInAddress($0) } ?? rest.endIndex
      while end > behind, rest[rest.index(before: end)] == "." { end = rest.index(before: end) }
      let isAddress = start < at && behind < end
      hidden += rest[..<(isAddress ? start : behind)]
      if isAddress { hidden += name(for: rest[start..<end]) }
      rest = rest[(isAddress ? end : behind)...]
    }
    return hidden + rest
  }

  private static func isInAddress(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || ".!#$%&'*+/=?^_`{|}~-".contains(character)
  }
}
