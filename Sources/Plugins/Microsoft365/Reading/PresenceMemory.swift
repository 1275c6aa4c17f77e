// What has been seen of everybody, shared by the polls and the webhook.

import FoundationEssentials
import PluginAPI

actor PresenceMemory {
  private var seen: SeenPresence
  private let clock: any GatewayClock
  private var toldUntil: Moment?

  init(clock: any GatewayClock, grace: Duration?, carriesNotes: Bool) {
    self.clock = clock
    seen = SeenPresence(grace: grace, carriesNotes: carriesNotes)
  }

  func open() -> SeenPresence.Ticket { seen.open(now: clock.now) }

  func pushed(_ found: [(UserID, GraphPresence)]) -> [PresenceEvent] {
    let (now, date) = (clock.now, clock.date)
    return found.map { user, presence in
      PresenceEvent(
        user: user, presence: seen.pushed(presence, of: user, now: now, date: date), receivedAt: now)
    }
  }

  func announced(_ users: [UserID]) { seen.announced(users) }

  /// The events, and when suspicions that this poll raised can be judged.
  func polled(
    _ found: [GraphPresence], _ ticket: SeenPresence.Ticket
  ) -> (events: [PresenceEvent], judgeAt: Moment?) {
    let (now, date) = (clock.now, clock.date)
    let events = found.compactMap { value -> PresenceEvent? in
      guard let user = value.id.map({ UserID($0.lowercased()) }),
        let presence = seen.polled(value, of: user, ticket, now: now, date: date)
      else { return nil }
      return PresenceEvent(user: user, presence: presence, receivedAt: now)
    }
    guard let due = seen.judgeAt, due > toldUntil ?? Moment(nanoseconds: .min) else { return (events, nil) }
    toldUntil = due
    return (events, due)
  }

  func untold() -> [UserID: Moment] { seen.untold(now: clock.now) }
  func keep(only users: Set<UserID>) { seen.keep(only: users) }
}
