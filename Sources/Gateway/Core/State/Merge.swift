// Several routes may end in one sink: what it should show is the merge of what they contribute.

import PluginAPI

/// What one route contributes for one person, after mapping.
struct Contribution: Sendable, Equatable {
  var presence: Presence
  /// Of the route; the higher wins a tie.
  var priority: Int
}

enum Merge {
  /// Call state if any source has one, then the highest of doNotDisturb > busy > away > available, ties by
  /// the route's priority. Nil when nobody contributes.
  static func busiest(_ contributions: [Contribution]) -> Presence? {
    guard var winner = contributions.first else { return nil }
    var call = winner.presence.call
    for next in contributions.dropFirst() {
      let (a, b) = (rank(next.presence.availability), rank(winner.presence.availability))
      if a > b || (a == b && next.priority > winner.priority) { winner = next }
      if rank(next.presence.call) > rank(call) { call = next.presence.call }
    }
    winner.presence.call = call
    return winner.presence
  }

  private static func rank(_ availability: Availability) -> Int {
    switch availability {
    case .doNotDisturb: 5
    case .busy: 4
    case .away: 3
    case .available: 2
    case .offline: 1
    case .unknown: 0
    }
  }

  private static func rank(_ call: CallState) -> Int {
    switch call {
    case .connected: 3
    case .onHold: 2
    case .ringing: 1
    case .none: 0
    }
  }
}
