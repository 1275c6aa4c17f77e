// What simulated people and administrators do in the tenant, and what can be seen of it from outside.

import FoundationEssentials

/// What an application has left behind for a person.
public struct GraphLeftover: Sendable, Hashable {
  public let person: Int
  /// Presence sessions of applications.
  public let sessions: [PresencePair]
  /// A preferred presence that an application set.
  public let preferred: PresencePair?
}

extension GraphService {
  /// The person's Teams client (one of several, by name) shows another state; true when that is visible to
  /// others.
  @discardableResult
  public func setTeamsClient(_ person: Int, to state: TeamsClientState, client: String = "desktop") -> Bool {
    let before = visiblePresence(of: person)
    presence.update(person) { record, _ in record.setClient(client, state.pair) }
    return visiblePresence(of: person) != before
  }

  /// The person chooses a state by hand, or resets it (nil); it lives as long as one set by
  /// `setUserPreferredPresence`.
  @discardableResult
  public func choosePreferred(_ person: Int, _ pair: PresencePair?) -> Bool {
    let before = visiblePresence(of: person)
    presence.update(person) { record, now in
      record.setPreferred(
        pair.map { .init(pair: $0, expires: now + Self.preferredLife($0), app: nil) })
    }
    return visiblePresence(of: person) != before
  }

  /// What others see now.
  public func visiblePresence(of person: Int) -> PresencePair { presence.record(person).shown }

  /// The person's status message, or nil.
  public func statusMessage(of person: Int) -> String? { presence.record(person).status?.content }

  /// What the person writes for others to see, until `expires`; nil takes it back. Tells nobody.
  public func setStatusMessage(_ person: Int, _ text: String?, expires: Date? = nil) {
    presence.update(person) { record, now in
      record.status = text.map { .init(content: $0, published: now, expires: expires) }
    }
  }

  /// The automatic reply that the person's mailbox sends; nil: none is on. Tells nobody.
  public func setOutOfOffice(_ person: Int, reply: String?) {
    presence.update(person) { record, _ in record.reply = reply }
  }

  /// For whom an application session or an application's preferred presence is left.
  public func leftovers() -> [GraphLeftover] {
    (0..<presence.count).compactMap { index in
      let record = presence.record(index)
      let preferred = record.preferred.flatMap { $0.app == nil ? nil : $0.pair }
      guard !record.sessions.isEmpty || preferred != nil else { return nil }
      return GraphLeftover(person: index, sessions: record.sessions.map(\.pair), preferred: preferred)
    }
  }

  /// Adds a user to the tenant; nil when the id or the name is taken. The result is the index for the calls
  /// above.
  @discardableResult
  public func addUser(_ user: GraphUser) -> Int? {
    guard let index = directory.withLock({ $0.add(user) }) else { return nil }
    while presence.count <= index { presence.append(client: nil) }
    fanOut.userChanged(user.id, index: index, change: "updated")
    return index
  }

  public func removeUser(_ index: Int) {
    directory.withLock { $0.remove(index) }
    fanOut.userChanged(user(index).id, index: index, change: "deleted")
  }

  /// Renames, disables or changes the licence.
  public func modifyUser(_ index: Int, _ body: (inout GraphUser) -> Void) {
    directory.withLock { $0.modify(index, body) }
    fanOut.userChanged(user(index).id, index: index, change: "updated")
  }

  public func user(_ index: Int) -> GraphUser { directory.withLock { $0[index] } }

  public func changePassword(of username: String, to password: String) {
    let now = clock.date
    desk.withLock { $0.changePassword(username, to: password, now: now) }
  }

  /// A person types the code into their browser and signs in, with MFA where it is wanted; nil declines. False when
  /// nobody waits for that code, or the person is unknown.
  @discardableResult
  public func answerDeviceCode(_ userCode: String, as username: String?) -> Bool {
    desk.withLock { $0.answerDeviceCode(userCode, as: username) }
  }

  /// The codes that wait to be typed.
  public var waitingDeviceCodes: [String] {
    let now = clock.date
    return desk.withLock { $0.deviceCodes.waiting(now: now) }
  }

  /// Sends a lifecycle notification to one subscription, or to all; `subscriptionRemoved` ends them.
  public func sendLifecycle(_ event: LifecycleEvent, subscription: String? = nil) {
    fanOut.lifecycle(event, of: subscription)
  }

  /// Ids of the living subscriptions.
  public var subscriptionIDs: [String] {
    let now = clock.date
    return fanOut.book.withLock { $0.all.values.filter { $0.expires > now }.map(\.id).sorted() }
  }

  /// How many presence subscriptions were ever made.
  public var presenceSubscriptionsMade: Int { fanOut.book.withLock { $0.presenceMade } }

  /// The newest requests, oldest first; `requestCount` has counted all.
  public var requests: [LoggedRequest] { log.withLock { $0.newest } }
  public var requestCount: Int { log.withLock { $0.count } }

  /// Hands every request to the Graph host to `recorder` from now on; nil ends that.
  public func record(_ recorder: (@Sendable (RecordedRequest) -> Void)?) {
    log.withLock { $0.recorder = recorder }
  }

  public func inject(_ fault: GraphFault) {
    switch fault {
    case .fail(let count, let status, let retryAfter, let area):
      faults.withLock { $0.add(.fail(status: status, retryAfter: retryAfter), area, count) }
    case .hang(let count, let area): faults.withLock { $0.add(.hang, area, count) }
    case .reset(let count, let area): faults.withLock { $0.add(.reset, area, count) }
    case .dropNotifications(let count): fanOut.faults.withLock { $0.add(.drop, count) }
    case .duplicateNotifications(let count): fanOut.faults.withLock { $0.add(.duplicate, count) }
    case .reorderNotifications(let count): fanOut.faults.withLock { $0.add(.reorder, count) }
    case .requireMFA(let username): desk.withLock { $0.requireMFA(username) }
    case .disableAccount(let username): setDisabled(username, true)
    case .enableAccount(let username): setDisabled(username, false)
    case .expireDeltaLinks:
      let now = clock.date
      deltaLinksSince.withLock { $0 = now }
    case .refuseAccount(let username, let refusal): desk.withLock { $0.refuse(username, refusal) }
    case .revokeRefreshTokens(let username):
      let now = clock.date
      desk.withLock { $0.revokeRefreshTokens(of: username, now: now) }
    case .expireSecret(let app): desk.withLock { $0.expireSecret(of: app) }
    case .replaceSecret(let app, let secret): desk.withLock { $0.replaceSecret(of: app, with: secret) }
    case .revokeTokens: desk.withLock { $0.revokeTokens() }
    case .killSubscriptions(let staysBooked):
      fanOut.book.withLock { book in
        for id in book.all.keys { book.remove(id, staysBooked: staysBooked) }
      }
      fanOut.closeUnused()
    case .rotateSigningKey:
      // Making a key fails only when the process has no memory left.
      keys.withLock { try? $0.rotate() }
      tokens.withLock { $0.forget() }
    }
  }

  private func setDisabled(_ username: String, _ isDisabled: Bool) {
    guard let user = desk.withLock({ $0.setDisabled(username, isDisabled) }), isDisabled else { return }
    fanOut.book.withLock { book in
      for subscription in book.all.values where subscription.owner.user == user {
        book.remove(subscription.id)
      }
    }
    fanOut.closeUnused()
  }

  /// Takes back the faults that have not struck yet, and the bookings of lost subscriptions.
  public func clearFaults() {
    faults.withLock { $0 = PendingFaults() }
    fanOut.faults.withLock { $0 = PendingFaults() }
    fanOut.book.withLock { $0.releaseLost() }
  }

  /// One day for Busy and DoNotDisturb, seven for the others, in seconds.
  static func preferredLife(_ pair: PresencePair) -> Double {
    ["Busy", "DoNotDisturb"].contains(pair.availability) ? 86400 : 7 * 86400
  }
}
