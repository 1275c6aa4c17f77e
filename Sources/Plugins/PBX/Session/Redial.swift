// How long to wait before a PBX is dialled again: longer each time, and never in step with other gateways.

import PluginAPI

struct Redial: Sendable {
  static let first = Duration.milliseconds(500)
  let longest: Duration
  private var upcoming = first

  init(longest: Duration) { self.longest = longest }

  /// Doubles each time; `jitter` in 0…1 takes away up to half of it.
  mutating func next(jitter: Double) -> Duration {
    defer { upcoming = min(upcoming * 2, longest) }
    return min(upcoming, longest) * (1 - jitter / 2)
  }

  /// Only a connection that lasted begins anew: a PBX that lets the gateway in and drops it is not stormed.
  mutating func ended(loggedIn: Bool, after duration: Duration) {
    if loggedIn, duration >= longest { upcoming = Self.first }
  }
}
