// Everybody in one sorted table that can be searched: made once for each state of the directories, outside of the
// core's actor, because 100,000 people take longer than presence may wait.

import PluginAPI

struct PeopleTable: Sendable {
  enum Standing: String, Sendable, Codable, CaseIterable {
    case matched, unmatched, ambiguous, excluded, unlicensed
  }
  /// A person, or a user who is nobody's person.
  struct Row: Sendable {
    let name: String
    let standing: Standing
    let reason: String?
    /// For each plugin the user, or nil.
    let users: [UserID?]
    /// Where in `text` stand the name and the identities, in lower case; the name first.
    fileprivate let text: Range<Int>
  }
  let rows: [Row]
  /// Everything that can be searched, in one piece.
  private let text: [UInt8]

  init(_ people: PeopleIndex, _ directories: [KnownUsers]) {
    var text: [UInt8] = []
    var rows: [Row] = []
    rows.reserveCapacity(people.people.count)
    func add(_ name: String, _ standing: Standing, _ reason: String?, _ users: [UserID?]) {
      let start = text.count
      text += Array(name.lowercased().utf8)
      for (plugin, user) in users.enumerated() {
        guard let user else { continue }
        for identity in directories[plugin][user]?.identities ?? [] {
          text.append(UInt8(ascii: "\n"))
          text += Array(identity.value.lowercased().utf8)
        }
        text.append(UInt8(ascii: "\n"))
        text += Array(user.rawValue.lowercased().utf8)
      }
      rows.append(
        Row(name: name, standing: standing, reason: reason, users: users, text: start..<text.count))
    }
    for person in people.people { add(person.name, .matched, nil, person.users) }
    for (plugin, standings) in people.standings.enumerated() {
      for (user, standing) in standings {
        guard let (word, reason) = Self.words(standing) else { continue }
        var users = [UserID?](repeating: nil, count: people.standings.count)
        users[plugin] = user
        add(directories[plugin][user]?.displayName ?? user.rawValue, word, reason, users)
      }
    }
    text.withUnsafeBufferPointer { text in
      rows.sort { a, b in
        text[a.text].lexicographicallyPrecedes(text[b.text])
      }
    }
    self.rows = rows
    self.text = text
  }

  /// Indices of the rows that have all of the words, in the table's order.
  func find(_ search: String?, _ wanted: (Row) -> Bool) -> [Int] {
    let words = (search ?? "").lowercased().split(separator: " ").map { Array($0.utf8) }
    return text.withUnsafeBufferPointer { text in
      rows.indices.filter { index in
        wanted(rows[index]) && words.allSatisfy { Self.contains(text, rows[index].text, $0) }
      }
    }
  }

  private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ word: [UInt8])
    -> Bool
  {
    guard let first = word.first, range.count >= word.count else { return word.isEmpty }
    var at = range.lowerBound
    let last = range.upperBound - word.count
    while at <= last {
      if text[at] == first {
        var length = 1
        while length < word.count, text[at + length] == word[length] { length += 1 }
        if length == word.count { return true }
      }
      at += 1
    }
    return false
  }

  /// Nil for who belongs to a person.
  private static func words(_ standing: PeopleIndex.Standing) -> (Standing, String?)? {
    switch standing {
    case .matched: nil
    case .unmatched: (.unmatched, "no other system knows a user with the same identity")
    case .ambiguous(let reason): (.ambiguous, reason)
    case .excluded(let reason): (.excluded, reason)
    case .unlicensed(let reason): (.unlicensed, reason)
    }
  }
}
