// Carries out the steps of the plan against Graph.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

struct SubscriptionCalls: Sendable {
  /// A minute less than Microsoft's maximum of an hour.
  static let life = Duration.seconds(59 * 60)
  /// What has less left to live is not taken over.
  private static let minimumLife = Duration.seconds(60)

  let graph: GraphClient
  let context: PluginContext
  let notificationURL: String
  let book: SubscriptionBook
  let keys: EncryptionKeys

  func perform(_ step: SubscriptionPlan.Step, as signIn: [SignIn]) async -> SubscriptionPlan.Outcome {
    do {
      switch step {
      case .sweep(let account, let everything):
        return try await sweep(account, everything: everything, as: signIn)
      case .create(let account, let users): return try await create(account, users, as: signIn)
      case .renew(_, let id): return try await renew(id, as: signIn)
      case .check(_, let id):
        let request = GraphRequest(
          call: .checkSubscription, method: "GET", target: "/subscriptions/\(percentEncode(id))")
        let found = try await graph.fetch(GraphSubscription.self, request, as: signIn)
        return .checked(expires: await expiry(of: found))
      case .delete(_, let id):
        // While it cannot be deleted it tells, and is listened to.
        try await graph.unsubscribe(id, as: signIn)
        await book.remove(id)
        return .deleted
      case .poll: return .swept
      }
    } catch let error as GraphError {
      switch (step, error.status) {
      case (.create(let account, _), 409):
        return .conflict(with: await rival(of: account, as: signIn))
      case (.renew(_, let id), 404), (.check(_, let id), 404):
        await book.remove(id)
        return .gone
      default: return .failed(SubscriptionFailure(error, notificationURL: notificationURL))
      }
    } catch {
      return .failed(
        SubscriptionFailure(kind: .passing, reason: "\(error)", hint: "report this as a fault of the gateway")
      )
    }
  }

  /// Takes over what an earlier life left, or deletes it: one subscription is all that an account may have.
  func sweep(
    _ account: String, everything: Bool, as signIn: [SignIn], timeout: Duration = .seconds(20)
  ) async throws(GraphError) -> SubscriptionPlan.Outcome {
    var adopted: (id: String, users: Set<UserID>, expires: Moment)?
    for found in try await graph.subscriptions(as: signIn, timeout: timeout) where found.isPresence {
      if !everything {
        guard found.notificationUrl == notificationURL else { continue }
        if adopted == nil, let users = await usable(found, account) {
          adopted = (found.id, users, await expiry(of: found))
          continue
        }
      }
      try await graph.unsubscribe(found.id, as: signIn, timeout: timeout)
      await book.remove(found.id)
    }
    await book.removeAll(of: account, but: adopted?.id)
    return adopted.map { .adopted(id: $0.id, users: $0.users, expires: $0.expires) } ?? .swept
  }

  /// At the end: what cannot be deleted is known to the next life, which takes it over.
  func leave(_ id: String, as signIn: [SignIn]) async {
    if (try? await graph.unsubscribe(id, as: signIn, timeout: .seconds(3))) != nil { await book.remove(id) }
  }

  /// The people of a subscription whose secrets we have; nil when its notifications could not be proven or opened.
  private func usable(_ found: GraphSubscription, _ account: String) async -> Set<UserID>? {
    guard let entry = await book.find(found.id), entry.account == account, let keyID = entry.keyID,
      await keys.find(id: keyID, thumbprint: nil) != nil, found.watches(entry.people),
      await expiry(of: found) > context.clock.now + Self.minimumLife
    else { return nil }
    return entry.people
  }

  private func create(
    _ account: String, _ users: [UserID], as signIn: [SignIn]
  ) async throws -> SubscriptionPlan.Outcome {
    let key = try await keys.current()
    let clientState = Base64.encodeURL(SecureRandom.bytes(32))
    let draft = SubscriptionDraft(
      url: notificationURL, users: users, expires: await expires(), key: key, clientState: clientState)
    let request = GraphRequest(
      call: .subscribe, method: "POST", target: "/subscriptions",
      body: Array(try JSONEncoder().encode(draft)),
      timeout: .seconds(60))
    let made = try await graph.fetch(GraphSubscription.self, request, as: signIn)
    await book.enter(
      made.id,
      SubscriptionBook.Entry(
        account: account, clientState: clientState, keyID: key.id, subject: .presence(Set(users))))
    // It has only this one: what was known of others has ended.
    await book.removeAll(of: account, but: made.id)
    return .created(id: made.id, expires: await expiry(of: made))
  }

  private func rival(of account: String, as signIn: [SignIn]) async -> Rival {
    let found = try? await graph.subscriptions(as: signIn).first(where: \.isPresence)
    let url = found?.notificationUrl
    context.logger.warning(
      "The account has another presence subscription",
      metadata: [
        "account": "\(account)", "subscription": "\(found?.id ?? "not shown")",
        "notification_url": "\(url ?? "not shown")",
      ])
    return Rival(notificationURL: url, ours: notificationURL)
  }

  /// With the newest certificate where an older one is in use.
  private func renew(_ id: String, as signIn: [SignIn]) async throws -> SubscriptionPlan.Outcome {
    let key = try await keys.current()
    var renewal = SubscriptionRenewal(expirationDateTime: graphText(await expires()))
    let changesKey = await book.find(id)?.keyID != key.id
    if changesKey {
      renewal.encryptionCertificate = key.certificateText
      renewal.encryptionCertificateId = key.id
    }
    let request = GraphRequest(
      call: .renew, method: "PATCH", target: "/subscriptions/\(percentEncode(id))",
      body: Array(try JSONEncoder().encode(renewal)))
    let renewed: GraphSubscription
    do throws(GraphError) {
      renewed = try await graph.fetch(GraphSubscription.self, request, as: signIn)
    } catch {
      if changesKey, error.status == 400 { return .outdated }
      throw error
    }
    // That a certificate can be changed is documented on one page only: what the answer says counts.
    if changesKey, let used = renewed.encryptionCertificateId, !used.isEmpty, used != key.id {
      return .outdated
    }
    await book.confirm(id, keyID: key.id)
    await keys.tidy(used: await book.usedKeys)
    return .renewed(expires: await expiry(of: renewed))
  }

  private func expires() async -> Date { await graph.time.date.addingTimeInterval(Self.life.inSeconds) }

  /// What Graph says counts, by its own clock, not what was asked for.
  private func expiry(of subscription: GraphSubscription) async -> Moment {
    let date = await graph.time.date
    let left = subscription.expirationDateTime.flatMap(graphDate)?.timeIntervalSince(date)
    let seconds = min(max(left ?? Self.life.inSeconds, 0), 86_400)
    return context.clock.now + .seconds(seconds)
  }
}
