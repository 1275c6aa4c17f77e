// A peer that keeps trying must not fill the log: one line per peer and minute.

import PluginAPI

struct RefusalLog: Sendable {
  private static let maxPeers = 1024
  private var lastLogged: [String: Moment] = [:]

  /// Whether a refusal is to be logged now; `peer` is the network of whoever dialled in, or the URL that was dialled.
  mutating func admits(_ peer: String, now: Moment) -> Bool {
    if let last = lastLogged[peer], now - last < .seconds(60) { return false }
    if lastLogged.count >= Self.maxPeers {
      lastLogged = lastLogged.filter { now - $0.value < .seconds(60) }
      if lastLogged.count >= Self.maxPeers { return false }
    }
    lastLogged[peer] = now
    return true
  }
}

/// Words from outside, each admitted once; beyond the limit none is new any more.
struct SeenWords: Sendable {
  private let limit: Int
  private var words: Set<String> = []
  init(limit: Int) { self.limit = limit }

  mutating func admits(_ word: String) -> Bool {
    guard words.count < limit else { return false }
    return words.insert(word).inserted
  }

  /// The word as a metric label: shortened, and `other` when there were too many kinds.
  mutating func label(_ word: String) -> String {
    let word = String(word.unicodeScalars.prefix(40).filter { $0.isASCII && $0.properties.isAlphabetic })
    if words.contains(word) || admits(word) { return word.isEmpty ? "none" : word }
    return "other"
  }
}
