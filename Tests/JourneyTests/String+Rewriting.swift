// A configuration with other words in it: a test that replaces nothing, or too much, fails where it does so.

import Testing

extension String {
  /// Replaces texts that stand once each.
  func rewriting(_ changes: (old: String, new: String)...) throws -> String { try rewriting(changes) }
  func rewriting(_ changes: [(old: String, new: String)]) throws -> String {
    try changes.reduce(self) { text, change in
      try #require(text.ranges(of: change.old).count == 1, "\(change.old) does not stand once in it")
      return text.replacing(change.old, with: change.new)
    }
  }
}
