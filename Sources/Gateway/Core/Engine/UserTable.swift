// The users of one plugin, numbered: the engine's arrays are indexed by these slots.

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

  private var slots: [UserID: Int] = [:]
  private(set) var ids: [UserID] = []
  var sources: [SourceState] = []
  /// Index into the engine's people, or -1.
  var person: [Int32] = []

  func slot(of user: UserID) -> Int? { slots[user] }
  var count: Int { ids.count }

  mutating func slot(for user: UserID) -> Int {
    if let slot = slots[user] { return slot }
    let slot = ids.count
    slots[user] = slot
    ids.append(user)
    sources.append(SourceState())
    person.append(-1)
    return slot
  }
}
