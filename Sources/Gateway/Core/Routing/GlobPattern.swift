// A text with `*` and `?`, as administrators write them, compared without regard to case.

/// `*` stands for any characters, also none; `?` for exactly one.
struct GlobPattern: Sendable, Hashable, CustomStringConvertible {
  let description: String
  private let characters: [Character]

  init(_ text: String) {
    description = text
    characters = Array(text.lowercased())
  }

  func matches(_ text: String) -> Bool {
    let text = Array(text.lowercased())
    var (place, at) = (0, 0)
    // Where the last star stands, and what it has swallowed so far.
    var star: (place: Int, end: Int)?
    while at < text.count {
      if place < characters.count, characters[place] == "*" {
        star = (place, at)
        place += 1
      } else if place < characters.count, characters[place] == "?" || characters[place] == text[at] {
        place += 1
        at += 1
      } else if let last = star {
        star = (last.place, last.end + 1)
        place = last.place + 1
        at = last.end + 1
      } else {
        return false
      }
    }
    return characters[place...].allSatisfy { $0 == "*" }
  }
}
