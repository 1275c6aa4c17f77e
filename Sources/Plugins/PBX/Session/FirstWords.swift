// What a peer may say before it has logged in: enough for a login, too little to keep the gateway busy with reading.

struct FirstWords: Sendable {
  static let maxMessages = 8
  static let maxBytes = 8192
  private var count = 0

  /// Whether a message of this length is worth reading.
  mutating func admits(bytes: Int) -> Bool {
    count += 1
    return count <= Self.maxMessages && bytes <= Self.maxBytes
  }
}
