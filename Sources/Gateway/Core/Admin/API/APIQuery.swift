// Typed reads of a query: a wrong value is a 400 that says what is allowed.

struct APIQuery {
  private let values: [String: String]

  init(_ call: WebCall) throws(APIProblem) {
    guard let pairs = PercentCoding.pairs(call.request.query) else {
      throw APIProblem(400, "the query is no percent-encoded UTF-8", "Encode it by RFC 3986.")
    }
    values = Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  func text(_ name: String, maxLength: Int = 200) throws(APIProblem) -> String? {
    guard let value = values[name], !value.isEmpty else { return nil }
    guard value.unicodeScalars.count <= maxLength else {
      throw APIProblem(400, "\(name) is too long", "Use at most \(maxLength) characters.")
    }
    return value
  }

  func number(_ name: String, default initial: Int, in range: ClosedRange<Int>) throws(APIProblem) -> Int {
    try optionalNumber(name, in: range) ?? initial
  }

  func optionalNumber(_ name: String, in range: ClosedRange<Int>) throws(APIProblem) -> Int? {
    guard let value = values[name] else { return nil }
    guard let number = Int(value), range.contains(number), !value.hasPrefix("+") else {
      throw APIProblem(
        400, "\(name) is \(printable(value, limit: 40))",
        "It must be \(range.lowerBound)…\(range.upperBound).")
    }
    return number
  }

  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, as type: Word.Type = Word.self
  ) throws(APIProblem) -> Word? {
    guard let value = values[name] else { return nil }
    guard let word = Word(rawValue: value) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw APIProblem(400, "\(name) is \(printable(value, limit: 40))", "It must be one of \(words).")
    }
    return word
  }
}
