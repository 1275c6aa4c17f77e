// How durations are written in the configuration, and what to suggest for a misspelt word.

extension Duration {
  /// Parses `500ms`, `30s`, `10 min`, `10m`, `4h`, `1d`; nil when it is none of these, or over a hundred years.
  public init?(configText text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int64(digits), count <= 1_000_000_000 else { return nil }
    let unit: Int64
    switch text.dropFirst(digits.count).drop(while: { $0 == " " }) {
    case "ms": unit = 1
    case "s", "sec": unit = 1000
    case "m", "min": unit = 60_000
    case "h": unit = 3_600_000
    case "d": unit = 86_400_000
    default: return nil
    }
    self = .milliseconds(count * unit)
    guard self <= .seconds(100 * 366 * 86400) else { return nil }
  }

  /// The shortest exact way to write it.
  public var configText: String {
    let milliseconds = nanoseconds / 1_000_000
    guard milliseconds % 1000 == 0 else { return "\(milliseconds)ms" }
    let seconds = milliseconds / 1000
    for (unit, length) in [("d", Int64(86400)), ("h", 3600), ("min", 60)]
    where seconds != 0 && seconds % length == 0 { return "\(seconds / length)\(unit)" }
    return "\(seconds)s"
  }
}

/// ` (did you mean "x"?)` for the nearest of `words`, or nothing when none is near.
public func suggestion(for word: String, in words: [String]) -> String {
  let near = words.map { (distance($0.lowercased(), word.lowercased()), $0) }.min { $0.0 < $1.0 }
  guard let near, near.0 <= max(1, word.count / 3) else { return "" }
  return " (did you mean \"\(near.1)\"?)"
}

/// Levenshtein distance.
private func distance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}
