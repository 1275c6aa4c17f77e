// A password must not be found by trying: whoever guesses wrong too often is not heard for a minute.

import PluginAPI

/// Pure, and bounded however many try.
struct GuessLimit: Sendable {
  static let maxPeers = 1024
  private static let window = Duration.seconds(60)
  private struct Guesses {
    var count: Int
    var since: Moment
  }
  private let perMinute: Int
  private var guesses: [PeerAddress: Guesses] = [:]

  init(perMinute: Int) { self.perMinute = perMinute }

  /// Whether this address may try now.
  func admits(_ address: String, now: Moment) -> Bool {
    guard let own = guesses[PeerAddress(address)], now - own.since < Self.window else {
      return true
    }
    return own.count < perMinute
  }

  /// A minute begins with the first wrong guess, and again with the one that was too many.
  mutating func failed(_ address: String, now: Moment) {
    let peer = PeerAddress(address)
    if guesses[peer] == nil, guesses.count >= Self.maxPeers {
      guesses = guesses.filter { now - $0.value.since < Self.window }
      // Whoever has so many addresses cannot be held by counting them: those with the most guesses stay.
      if guesses.count >= Self.maxPeers, let least = guesses.min(by: { $0.value.count < $1.value.count }) {
        guesses[least.key] = nil
      }
    }
    var own = guesses[peer] ?? Guesses(count: 0, since: now)
    if now - own.since >= Self.window { own = Guesses(count: 0, since: now) }
    own.count += 1
    if own.count == perMinute { own.since = now }
    guesses[peer] = own
  }
}
