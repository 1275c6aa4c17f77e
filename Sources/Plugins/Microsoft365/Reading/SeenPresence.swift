// What polls and notifications have said about each person, so that neither undoes the other, a notification keeps the
// note that only a poll can see, and a change that no notification told is noticed. Pure.

import FoundationEssentials
import PluginAPI

struct SeenPresence: Sendable {
  /// An older `sequenceNumber` is believed over a newer one after so long: nobody documents that it never starts anew.
  static let sequenceLife = Duration.seconds(300)

  private struct Known: Sendable {
    /// Without notes.
    var presence: Presence
    /// When the person certainly still showed it.
    var at: Moment
    var notes = PresenceNotes()
    var sequence: (text: String, at: Moment)?
    /// The number of the last push.
    var pushed = 0
  }
  private struct Suspicion: Sendable {
    /// When the state before was still shown.
    var since: Moment
    var seen: Moment
  }
  /// When a poll was sent, and the number of the last push before.
  struct Ticket: Sendable {
    let pushes: Int
    let at: Moment
  }

  /// How long a notification may take to tell what a poll has seen; nil: nothing is pushed.
  let grace: Duration?
  private let carriesNotes: Bool
  private var known: [UserID: Known] = [:]
  private var suspicions: [UserID: Suspicion] = [:]
  /// Whose next change has been told of, with the number of the push.
  private var announced: [UserID: Int] = [:]
  private var pushes = 0

  init(grace: Duration?, carriesNotes: Bool) {
    self.grace = grace
    self.carriesNotes = carriesNotes
  }

  func open(now: Moment) -> Ticket { Ticket(pushes: pushes, at: now) }

  /// A notification: returns the presence with the note that the person had when last polled. Nothing tells when a
  /// note changes, but a state that said *out of office* and does so no more.
  mutating func pushed(_ found: GraphPresence, of user: UserID, now: Moment, date: Date) -> Presence {
    pushes += 1
    suspicions[user] = nil
    let presence = found.presence
    var entry = known[user] ?? Known(presence: presence, at: now)
    if entry.presence.activity == .outOfOffice, presence.activity == nil {
      entry.notes.isOutOfOffice = false
      entry.notes.reply = nil
    }
    entry.presence = presence
    entry.at = now
    entry.pushed = pushes
    known[user] = entry
    return carriesNotes ? entry.notes.applied(to: presence, at: date) : presence
  }

  /// Notifications that do not say what they are about: whatever the next poll of these people sees was told.
  mutating func announced(_ users: [UserID]) {
    guard grace != nil else { return }
    pushes += 1
    for user in users {
      suspicions[user] = nil
      announced[user] = pushes
    }
  }

  /// A poll's answer for one person: the presence, or nil when it is older than what is known.
  mutating func polled(
    _ found: GraphPresence, of user: UserID, _ ticket: Ticket, now: Moment, date: Date
  ) -> Presence? {
    let presence = found.presence
    let notes = found.notes ?? known[user]?.notes ?? PresenceNotes()
    var entry = known[user] ?? Known(presence: presence, at: ticket.at)
    if entry.pushed > ticket.pushes { return nil }
    if let new = found.sequence {
      if let old = entry.sequence, new < old.text, now - old.at < Self.sequenceLife { return nil }
      entry.sequence = (new, ticket.at)
    }
    if let number = announced[user] {
      // A poll that was sent before may not show it yet.
      if ticket.pushes >= number { announced[user] = nil }
    } else if grace != nil, entry.presence != presence, suspicions[user] == nil {
      suspicions[user] = Suspicion(since: entry.at, seen: now)
    }
    entry.presence = presence
    entry.at = ticket.at
    entry.notes = notes
    known[user] = entry
    return carriesNotes ? notes.applied(to: presence, at: date) : presence
  }

  /// When the newest suspicions can be judged; nil when there are none.
  var judgeAt: Moment? { grace.flatMap { grace in suspicions.values.map(\.seen).max().map { $0 + grace } } }

  /// Changes that a poll saw and no notification told in time, with the moment when the state before was still shown.
  mutating func untold(now: Moment) -> [UserID: Moment] {
    guard let grace else { return [:] }
    let due = suspicions.filter { $0.value.seen + grace <= now }
    for user in due.keys { suspicions[user] = nil }
    return due.mapValues(\.since)
  }

  /// Forgets everybody else.
  mutating func keep(only users: Set<UserID>) {
    known = known.filter { users.contains($0.key) }
    suspicions = suspicions.filter { users.contains($0.key) }
    announced = announced.filter { users.contains($0.key) }
  }
}
