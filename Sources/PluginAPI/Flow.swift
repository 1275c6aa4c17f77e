// What flows through the gateway: events from sources, updates to sinks, and the sinks' answers.

/// A source saw a user's presence.
public struct PresenceEvent: Sendable, Hashable {
  public let user: UserID
  public let presence: Presence
  /// When the gateway received it; latency is counted from here.
  public let receivedAt: Moment

  public init(user: UserID, presence: Presence, receivedAt: Moment) {
    self.user = user
    self.presence = presence
    self.receivedAt = receivedAt
  }
}

/// The bounded hand-over from sources to the core: the one back-pressure point.
public protocol PresenceInlet: Sendable {
  /// Returns once the core has taken the events; a webhook is acknowledged after that.
  func emit(_ events: [PresenceEvent]) async
  /// Asks for a poll of these users (nil: all on the roster), because events may have been missed.
  func requestPoll(_ users: [UserID]?)
}

/// What a sink should show for a user from now on.
public struct PresenceUpdate: Sendable, Hashable {
  public enum Cause: String, Sendable, Hashable {
    case change, refresh, clear
    /// An earlier answer was lost: the system may hold `previous` or what was sent last, so every part of
    /// `presence` must be established, and every part that is not wanted taken back.
    case repair
  }
  public let user: UserID
  /// The held value wanted, or nil to take back whatever we made the system hold.
  public let presence: Presence?
  /// What the system last accepted from us, or nil when it holds nothing of ours.
  public let previous: Presence?
  public let cause: Cause

  public init(user: UserID, presence: Presence?, previous: Presence?, cause: Cause) {
    self.user = user
    self.presence = presence
    self.previous = previous
    self.cause = cause
  }
}

/// What became of one update.
public enum DeliveryOutcome: Sendable, Hashable {
  /// Accepted; lives for `lease` unless refreshed (nil: until it is changed).
  case delivered(lease: Duration?)
  /// Not now: again after the given time, or after the core's own back-off.
  case retry(after: Duration?, reason: String)
  /// Never, for this value: the reason is shown for the person, and nothing is sent until the value changes.
  case rejected(reason: String)
}

/// How a sink tells the core that what it accepted is gone. Control, never data.
public protocol SinkSignals: Sendable {
  /// The system lost what it held for these users (nil: everyone), e.g. with a connection: deliver again, and do
  /// not wait for a back-off.
  func lost(_ facet: SinkFacet, of users: [UserID]?)
}

/// Which part of a held presence a sink lost.
public enum SinkFacet: Sendable, Hashable {
  /// Nothing is lost, but deliveries that wait for a back-off should be tried now.
  case nothing
  case call
  case everything
}
