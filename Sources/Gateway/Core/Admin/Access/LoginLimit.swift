// How often a password may be tried: few times for each address, and not often by all of them together.

import PluginAPI

/// Pure, and bounded however many addresses try.
struct LoginLimit: Sendable {
  private static let perAddress = 5
  private static let together = 60
  private static let window: Duration = .seconds(60)
  private static let maxAddresses = 1024
  private var failures: [String: [Moment]] = [:]
  private var all: [Moment] = []

  /// How long to wait before the next try, or nil when it may be made now.
  mutating func wait(_ address: String, now: Moment) -> Duration? {
    all.removeAll { now - $0 >= Self.window }
    failures[address]?.removeAll { now - $0 >= Self.window }
    if failures[address]?.isEmpty == true { failures[address] = nil }
    let own = failures[address] ?? []
    if own.count >= Self.perAddress, let first = own.first { return Self.window - (now - first) }
    if all.count >= Self.together, let first = all.first { return Self.window - (now - first) }
    return nil
  }

  mutating func failed(_ address: String, now: Moment) {
    if failures.count >= Self.maxAddresses, failures[address] == nil {
      failures = failures.filter { now - ($0.value.last ?? now) < Self.window }
      if failures.count >= Self.maxAddresses, let any = failures.keys.first { failures[any] = nil }
    }
    failures[address, default: []].append(now)
    all.append(now)
  }

  mutating func succeeded(_ address: String) { failures[address] = nil }
}
