// One user's place in an outbox.

import PluginAPI

extension Outbox {
  /// What outlives the process about one user.
  enum Remembered: Sendable, Equatable {
    /// `lease` is what is left of it, nil when it lives until it is changed.
    case held(Presence?, lease: Duration?)
    /// An answer is outstanding: the sink may hold one of these, or nothing of ours.
    case doubtful([Presence])
  }

  enum Wanted: Sendable, Equatable {
    /// No source has spoken yet: whatever the sink holds stays.
    case undecided
    case decided(Presence?)
  }

  enum Phase: Sendable, Equatable {
    case idle
    /// In one of the queues.
    case ready(refresh: Bool)
    case inFlight(Presence?)
    case waiting(until: Moment)
  }

  /// What we no longer hold, but the system may still report back.
  struct Faded: Sendable {
    var presence: Presence
    var until: Moment
    /// Something else has been shown since.
    var isOver = false
  }

  /// What became of the last update.
  struct Answer: Sendable {
    enum Outcome: String, Sendable { case accepted, postponed, rejected, expired }
    var sentAt: Moment
    var at: Moment
    var outcome: Outcome
    var reason: String?
  }

  struct Entry: Sendable {
    var wanted: Wanted = .undecided
    var delivered: Presence?
    /// An answer was lost: `delivered` may be wrong.
    var uncertain = false
    /// What was sent then, the oldest first.
    var doubtful: [Presence] = []
    var faded: [Faded] = []
    var phase: Phase = .idle
    /// What was held was lost, or ran out, while an update was on its way.
    var lostInFlight = false
    var isInRefreshes = false
    var attempt = 0
    var rejected: Wanted = .undecided
    var leaseEnd: Moment?
    /// The lease comes from the store.
    var leaseIsRemembered = false
    var refreshAt: Moment?
    var since: Moment?
    var route = 0
    var answer: Answer?
    /// When this entry's live timer comes up.
    var timer: Moment?

    /// What it should be: undecided means what it is.
    var target: Presence? {
      if case .decided(let value) = wanted { value } else { delivered }
    }
    var isSettled: Bool { phase == .idle && target == delivered && !uncertain }
    /// Not while nobody has said what it should be, and not what the sink has refused.
    var needsSending: Bool {
      wanted != .undecided && (target != delivered || uncertain) && rejected != wanted
    }
    /// A lease is kept alive only while it is known to be wanted.
    var needsRefresh: Bool { wanted != .undecided && delivered != nil && target == delivered && !uncertain }
    /// The next moment at which `tick` has something to do. A refresh waits until nothing is under way.
    var nextDue: Moment? {
      var due = leaseEnd
      if case .waiting(let until) = phase { due = min(due ?? until, until) }
      if let refreshAt, phase == .idle, needsRefresh { due = min(due ?? refreshAt, refreshAt) }
      return due
    }
  }

  struct Timer: Sendable, Comparable {
    var at: Moment
    var slot: Int
    static func < (a: Timer, b: Timer) -> Bool { a.at < b.at }
  }
}

// Steps of a single entry. They are `mutating` so that they work in place: an entry is large to copy.
extension Outbox.Entry {
  enum Next { case nothing, alarm, queue }

  /// Makes it ready if there is something to send: it then goes into the queue of changes.
  mutating func next() -> Next {
    switch phase {
    case .inFlight, .waiting, .ready(refresh: false): return .nothing
    case .ready(refresh: true) where target == delivered: return .nothing
    case .idle where !needsSending: return .alarm
    case .idle, .ready(refresh: true):
      // A change does not wait behind the refreshes; its place there is skipped.
      phase = .ready(refresh: false)
      return .queue
    }
  }

  /// Whether there still is a reason to send what is in a queue; if not, it is idle again.
  mutating func mayLeave(refresh: Bool) -> Bool {
    if refresh ? needsRefresh : needsSending { return true }
    phase = .idle
    return false
  }

  /// When a new alarm is needed, because none comes up as early as something is due.
  mutating func newAlarm() -> Moment? {
    guard let due = nextDue, due < timer ?? Moment(nanoseconds: .max) else { return nil }
    timer = due
    return due
  }
}
