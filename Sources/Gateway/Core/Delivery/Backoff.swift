// Exponential back-off with jitter, from a generator of its own, so that a simulation can repeat it.

import PluginAPI

struct Backoff: Sendable {
  let base: Duration
  let cap: Duration
  private var random: UInt64

  init(base: Duration = .milliseconds(500), cap: Duration = .seconds(300), seed: UInt64) {
    self.base = base
    self.cap = cap
    random = seed &* 2 + 1
  }

  /// Between half and all of `base · 2^attempt`, at most `cap`.
  mutating func delay(attempt: Int) -> Duration {
    let full = min(Double(base.nanoseconds) * Double(1 << min(attempt, 30)), Double(cap.nanoseconds))
    return .nanoseconds(Int64(full * (0.5 + 0.5 * unit())))
  }

  /// A number in 0..<1 (SplitMix64).
  mutating func unit() -> Double {
    random &+= 0x9E37_79B9_7F4A_7C15
    var z = random
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
  }
}
