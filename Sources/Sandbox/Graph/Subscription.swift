// A change-notification subscription, and the book in which the service keeps all of them.

import FoundationEssentials
import OpenSSLCrypto

struct Subscription: Sendable {
  enum Watched: Sendable, Hashable {
    /// Object ids, lower case.
    case presence([String])
    case users
    case user(String)
  }
  struct Encryption: Sendable {
    let key: PublicKey
    let id: String
    /// Upper-case hex SHA-1 of the certificate.
    let thumbprint: String
  }
  /// One presence subscription per application and signed-in user.
  struct Owner: Sendable, Hashable {
    let app: String
    let user: String?
  }

  let id: String
  let owner: Owner
  let resource: String
  let watched: Watched
  let changeType: String
  let includesData: Bool
  let tlsVersion: String
  let clientState: String?
  var notificationURL: PostTarget
  var lifecycleURL: PostTarget?
  var encryption: Encryption?
  var expires: Date

  var isPresence: Bool { if case .presence = watched { true } else { false } }

  /// The `subscription` resource of an answer; secrets are not told again.
  var json: JSONValue {
    [
      "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity", "id": .string(id),
      "resource": .string(resource), "changeType": .string(changeType), "applicationId": .string(owner.app),
      "creatorId": .string(owner.user ?? owner.app), "notificationUrl": .string(notificationURL.text),
      "lifecycleNotificationUrl": JSONValue(lifecycleURL?.text),
      "expirationDateTime": .string(GraphDate.text(expires)),
      "clientState": nil, "latestSupportedTlsVersion": .string(tlsVersion),
      "includeResourceData": .bool(includesData), "encryptionCertificate": nil,
      "encryptionCertificateId": JSONValue(encryption?.id), "notificationQueryOptions": nil,
      "notificationUrlAppId": nil,
    ]
  }
}

struct SubscriptionBook: Sendable {
  /// Teams-type subscriptions per organisation.
  static let limit = 10_000

  private(set) var all: [String: Subscription] = [:]
  /// Presence subscriptions ever made.
  private(set) var presenceMade = 0
  /// By object id, who watches that person's presence.
  private var presenceWatchers: [String: [String]] = [:]
  private var userWatchers: Set<String> = []
  /// Slots in use: by a living subscription, one being validated, or a lost one that is still booked.
  private var booked: Set<Subscription.Owner> = []
  private var lost: Set<Subscription.Owner> = []
  private var pending = 0

  /// Takes the owner's slot before the handshake, so that two creations cannot both succeed.
  mutating func book(_ owner: Subscription.Owner, isPresence: Bool, tenant: String) throws(GraphRefusal) {
    guard all.count + pending < Self.limit else {
      throw .extensionError(
        403, "Forbidden", "The organization has reached its limit of '\(Self.limit)' subscriptions.")
    }
    if isPresence {
      guard !lost.contains(owner) else {
        throw .extensionError(
          403, "Forbidden",
          "App '\(owner.app)' has reached its limit of '1' 'PRESENCE' subscription on tenant '\(tenant)'.")
      }
      guard booked.insert(owner).inserted else {
        throw .extensionError(
          409, "Conflict", "A subscripton already exists. It must be deleted before a another can be made.")
      }
    }
    pending += 1
  }

  /// Gives a slot back after a failed handshake.
  mutating func unbook(_ owner: Subscription.Owner, isPresence: Bool) {
    pending -= 1
    if isPresence { booked.remove(owner) }
  }

  /// Puts a booked subscription into force.
  mutating func insert(_ subscription: Subscription) {
    pending -= 1
    if subscription.isPresence { presenceMade += 1 }
    all[subscription.id] = subscription
    switch subscription.watched {
    case .presence(let ids): for id in Set(ids) { presenceWatchers[id, default: []].append(subscription.id) }
    case .users, .user: userWatchers.insert(subscription.id)
    }
  }

  mutating func modify(_ id: String, _ body: (inout Subscription) -> Void) {
    if var subscription = all[id] {
      body(&subscription)
      all[id] = subscription
    }
  }

  @discardableResult
  mutating func remove(_ id: String, staysBooked: Bool = false) -> Subscription? {
    guard let subscription = all.removeValue(forKey: id) else { return nil }
    switch subscription.watched {
    case .presence(let ids):
      for id in Set(ids) {
        presenceWatchers[id]?.removeAll { $0 == subscription.id }
        if presenceWatchers[id]?.isEmpty == true { presenceWatchers[id] = nil }
      }
      if staysBooked { lost.insert(subscription.owner) } else { booked.remove(subscription.owner) }
    case .users, .user: userWatchers.remove(id)
    }
    return subscription
  }

  /// Ends what has expired; true when something has.
  mutating func expire(at now: Date) -> Bool {
    let ended = all.values.filter { $0.expires <= now }
    for subscription in ended { remove(subscription.id) }
    return !ended.isEmpty
  }

  /// Forgets the bookings of lost subscriptions.
  mutating func releaseLost() {
    booked.subtract(lost)
    lost = []
  }

  func watching(presenceOf id: String, at now: Date) -> [Subscription] {
    (presenceWatchers[id] ?? []).compactMap { all[$0] }.filter { $0.expires > now }
  }
  func watching(user id: String, change: String, at now: Date) -> [Subscription] {
    userWatchers.compactMap { all[$0] }.filter {
      guard $0.expires > now, $0.changeType.split(separator: ",").contains(Substring(change)) else {
        return false
      }
      if case .user(let watched) = $0.watched { return watched == id }
      return true
    }
  }
}
