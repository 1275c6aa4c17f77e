// The subscription calls of the Graph host, with the handshake before a subscription comes into force.

import FoundationEssentials
import NIOCore
import NIOHTTP1
import OpenSSLCrypto

extension GraphService {
  func subscriptions(_ call: GraphCall) throws(GraphRefusal) -> ServerReply {
    switch (call.request.method, call.words.count) {
    case (.POST, 1): return .later(try createSubscription(call))
    case (.GET, 1): return .now(list(call))
    case (.GET, 2): return .now(GraphCall.json(try owned(call).json))
    case (.PATCH, 2): return try renew(call)
    case (.DELETE, 2):
      let id = try owned(call).id
      fanOut.book.withLock { _ = $0.remove(id) }
      fanOut.closeUnused()
      return .now(ServerAnswer(.noContent))
    case (.POST, 3) where call.words[2] == "reauthorize":
      _ = try owned(call)
      return .now(ServerAnswer(.ok))
    default: throw .methodNotAllowed
    }
  }

  private func createSubscription(_ call: GraphCall) throws(GraphRefusal) -> EventLoopFuture<ServerAnswer> {
    let owner = Subscription.Owner(app: call.grant.app, user: call.grant.user)
    let now = clock.date
    let draft = try SubscriptionDraft.make(
      try .parse(call.request.body), id: SecureRandom.guid(), owner: owner, now: now)
    try permit(call.grant, draft.watched)
    let tenant = options.tenantID
    try fanOut.book.withLock { book in
      // Those whose time has come give their slot back without waiting for the next sweep.
      _ = book.expire(at: now)
      return Result { () throws(GraphRefusal) in
        try book.book(owner, isPresence: draft.isPresence, tenant: tenant)
      }
    }.get()
    let addresses = [draft.notificationURL] + (draft.lifecycleURL.map { [$0] } ?? [])
    let ids = RequestIDs(call.request.headers)
    return fanOut.validate(addresses, within: handshakeLimit, on: call.loop).map { [self] result in
      switch result {
      case .success:
        fanOut.book.withLock { $0.insert(draft) }
        return GraphCall.json(draft.json, status: .created)
      case .failure(let refusal):
        fanOut.book.withLock { $0.unbook(owner, isPresence: draft.isPresence) }
        return self.refusal(refusal, ids, call.request)
      }
    }
  }

  /// Changes the expiry, and what else the documentation lets a PATCH change.
  private func renew(_ call: GraphCall) throws(GraphRefusal) -> ServerReply {
    let current = try owned(call)
    let body = try SubscriptionBody.parse(call.request.body)
    guard body.resource == nil, body.changeType == nil, body.lifecycleNotificationUrl == nil else {
      throw SubscriptionDraft.invalid(
        "Only expirationDateTime, notificationUrl and the certificate can be updated.")
    }
    guard body.expirationDateTime != nil || body.notificationUrl != nil || body.encryptionCertificate != nil
    else {
      throw SubscriptionDraft.invalid("expirationDateTime is required.")
    }
    var next = current
    if let text = body.expirationDateTime {
      next.expires = try SubscriptionDraft.expiry(text, current.watched, now: clock.date)
    }
    if body.encryptionCertificate != nil || body.encryptionCertificateId != nil {
      next.encryption = try SubscriptionDraft.encryption(
        body.encryptionCertificate, body.encryptionCertificateId)
    }
    guard let url = body.notificationUrl else { return .now(apply(next)) }
    let target = try SubscriptionDraft.address(url, "notificationUrl")
    next.notificationURL = target
    let renewed = next
    let ids = RequestIDs(call.request.headers)
    return .later(
      fanOut.validate([target], within: handshakeLimit, on: call.loop).map { [self] result in
        switch result {
        case .success: apply(renewed)
        case .failure(let refusal): self.refusal(refusal, ids, call.request)
        }
      })
  }

  private func apply(_ next: Subscription) -> ServerAnswer {
    fanOut.book.withLock { book in book.modify(next.id) { $0 = next } }
    return GraphCall.json(next.json)
  }

  /// Only those of the calling application and user.
  private func list(_ call: GraphCall) -> ServerAnswer {
    let owner = Subscription.Owner(app: call.grant.app, user: call.grant.user)
    let now = clock.date
    let own = fanOut.book.withLock { $0.all.values.filter { $0.owner == owner && $0.expires > now } }
    let members = own.sorted { $0.id < $1.id }.map(\.json)
    return GraphCall.json(
      [
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions",
        "value": .array(members),
      ] as JSONValue)
  }

  /// The living subscription that the path names, if the caller made it.
  private func owned(_ call: GraphCall) throws(GraphRefusal) -> Subscription {
    let now = clock.date
    guard let subscription = fanOut.book.withLock({ $0.all[call.words[1]] }), subscription.expires > now,
      subscription.owner == Subscription.Owner(app: call.grant.app, user: call.grant.user)
    else { throw .noSubscription }
    try permit(call.grant, subscription.watched)
    return subscription
  }

  /// Presence subscriptions need a signed-in user; a permission to write does not count.
  private func permit(_ grant: AccessGrant, _ watched: Subscription.Watched) throws(GraphRefusal) {
    if case .presence = watched {
      guard grant.user != nil, grant.permissions.contains("Presence.Read.All") else {
        throw .extensionError(
          403, "Forbidden", "The request is not authorized for this user or application.")
      }
    } else if !grant.permissions.contains("User.Read.All") {
      throw .denied
    }
  }

  private var handshakeLimit: TimeAmount { .nanoseconds(Int64(options.handshakeSeconds * 1e9)) }
}
