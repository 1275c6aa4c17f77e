// Several routes may end in one sink: what it should show is the merge of what they contribute.

import PluginAPI

/// What one route contributes for one person, after mapping.
struct Contribution: Sendable, Equatable {
  var presence: Presence
  /// Of the route.
  var priority: Int
  /// When it became so.
  var since = Moment(nanoseconds: 0)
  /// Of an earlier life: it counts beside others, but nothing is shown because of it alone.
  var isRemembered = false
}

/// Whose availability, activity and note are shown. The call state is a facet of its own: whatever the rule, a call
/// in any system is shown.
public enum Merge: String, Sendable, CaseIterable {
  /// The highest of doNotDisturb > busy > away > available, ties by the route's priority.
  case busiest
  /// The route with the highest priority that has anything to say, ties by what is busier.
  case priority
  /// What changed last, ties by the route's priority.
  case latest

  /// Nil when nobody contributes.
  func callAsFunction(_ contributions: [Contribution]) -> Presence? {
    var merged: Contribution?
    for contribution in contributions { add(contribution, to: &merged) }
    return merged?.presence
  }

  /// One more contribution to what others make together.
  func add(_ next: Contribution, to merged: inout Contribution?) {
    guard let others = merged else {
      merged = next
      return
    }
    let (one, other) = (others.presence.call, next.presence.call)
    if beats(next, others) { merged = next }
    merged?.presence.call = Self.rank(other) > Self.rank(one) ? other : one
  }

  private func beats(_ a: Contribution, _ b: Contribution) -> Bool {
    // Who cannot say is no opponent.
    if (a.presence.availability == .unknown) != (b.presence.availability == .unknown) {
      return b.presence.availability == .unknown
    }
    let (reachA, reachB) = (Self.rank(a.presence.availability), Self.rank(b.presence.availability))
    switch self {
    case .busiest: return reachA != reachB ? reachA > reachB : a.priority > b.priority
    case .priority: return a.priority != b.priority ? a.priority > b.priority : reachA > reachB
    case .latest: return a.since != b.since ? a.since > b.since : a.priority > b.priority
    }
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
