// The users of one plugin, numbered: the engine's arrays are indexed by these slots.

import OrderedCollections
import PluginAPI

struct UserTable: Sendable {
  /// What is known about a user as a source.
  struct SourceState: Sendable {
    /// What the person's own doing looked like last: an echo of ours hides it, but does not replace it.
    var presence: Presence?
    var reportedAt: Moment?
    /// Since when it has looked like this.
    var changedAt: Moment?
    /// Said in an earlier life of the gateway; nothing has come in this one yet.
    var isRemembered = false
    var echo: Echo?

    mutating func say(_ new: Presence, at moment: Moment) {
      if presence != new { changedAt = moment }
      presence = new
      reportedAt = moment
      isRemembered = false
    }
  }

  /// The last report that was, or may have been, our own doing; for those who want to know why it did not count.
  struct Echo: Sendable {
    var availability: Availability
    var activity: Activity?
    var call: CallState
    var at: Moment
    var why: Outbox.Reason

    init(_ presence: Presence, at: Moment, why: Outbox.Reason) {
      (availability, activity, call) = (presence.availability, presence.activity, presence.call)
      (self.at, self.why) = (at, why)
    }
  }

  /// By slot.
  private(set) var ids: OrderedSet<UserID> = []
  var sources: [SourceState] = []
  /// Index into the engine's people, or -1.
  var person: [Int32] = []

  func slot(of user: UserID) -> Int? { ids.firstIndex(of: user) }
  var count: Int { ids.count }

  /// Exactly so much: what grows by itself doubles, and leaves what it grew out of behind.
  mutating func reserve(_ count: Int) {
    ids.reserveCapacity(count)
    sources.reserveCapacity(count)
    person.reserveCapacity(count)
  }

  mutating func slot(for user: UserID) -> Int {
    let (isNew, slot) = ids.append(user)
    guard isNew else { return slot }
    sources.append(SourceState())
    person.append(-1)
    return slot
  }
}
