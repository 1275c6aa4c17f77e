// What the gateway wants of a PBX that is known: whom to watch, what to write, whose licence to look at.

import PluginAPI

extension PBXSession {
  mutating func watch(_ user: UserID, sip: String, now: Moment) -> [Effect] {
    if subscriptions.watches(user, sip: sip) { return [] }
    subscriptions.remove(user)
    subscriptions.add(user, sip: sip)
    return dueSubscriptions(now)
  }

  mutating func readUsersAgain(_ now: Moment) -> [Effect] { apply(replication.readAgain(now)) }

  /// The users whose licences are of interest.
  mutating func checkLicences(of users: [UserID], now: Moment) -> [Effect] {
    apply(licences?.ask(all: users, now: now) ?? [])
  }
  mutating func checkLicence(of user: UserID, now: Moment) -> [Effect] {
    apply(licences?.ask(user, now: now) ?? [])
  }
  mutating func forgetLicence(of user: UserID) { licences?.forget(user) }

  /// Whose trouble with the subscription began, changed or ended since the last call.
  mutating func takeTroubles() -> [UserID: SubscriptionTrouble?] { subscriptions.takeTroubles() }

  /// Watches exactly these users, each with the SIP name.
  mutating func watch(only users: [UserID: String], now: Moment) -> [Effect] {
    for user in subscriptions.users where users[user] == nil { subscriptions.remove(user) }
    for (user, sip) in users where !subscriptions.watches(user, sip: sip) {
      subscriptions.remove(user)
      subscriptions.add(user, sip: sip)
    }
    return dueSubscriptions(now)
  }

  mutating func dueSubscriptions(_ now: Moment) -> [Effect] {
    subscriptions.due(now).map { .send($0) }
  }

  mutating func deliver(_ order: WriteOrder, now: Moment) -> [Effect] {
    apply(writes.deliver(order, isReadable: isReadable(order.user), now: now), now)
  }

  /// Before a delivery, so that what is written over can be kept safe first.
  mutating func lend(_ order: WriteOrder) { _ = writes.lend(order) }
  mutating func takeLoans() -> [UserID: BorrowedEntry?] { writes.takeLoans() }
  mutating func takeOver(loans: [UserID: BorrowedEntry]) { writes.take(over: loans) }

  private func isReadable(_ user: UserID) -> Bool {
    switch subscriptions.state(of: user) {
    case .unseen?, .refused?: false
    default: true
    }
  }

  /// The user left this PBX.
  mutating func release(_ user: UserID, now: Moment) -> [Effect] {
    subscriptions.remove(user)
    return dueSubscriptions(now) + apply(writes.release(user), now)
  }

  mutating func takeOver(written: [UserID: WrittenEntry]) { writes.take(over: written) }
}
