// Carries out the steps of the plan against Graph.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

struct SubscriptionCalls: Sendable {
  /// A minute less than Microsoft's maximum of an hour, for clocks that differ.
  static let life = Duration.seconds(59 * 60)
  private static let maxPages = 20

  let graph: GraphClient
  let context: PluginContext
  let signIns: [String: SignIn]
  let notificationURL: String
  let book: SubscriptionBook
  let keys: EncryptionKeys

  func perform(_ step: SubscriptionPlan.Step) async -> SubscriptionPlan.Outcome {
    do {
      switch step {
      case .sweep(let account, let everything):
        try await sweep(account, everything: everything)
        return .swept
      case .create(let account, let users): return try await create(account, users)
      case .renew(let account, let id):
        return .renewed(expires: try await renew(account, id))
      case .delete(let account, let id):
        await book.remove(id)
        try await delete(account, id)
        return .deleted
      case .poll: return .swept
      }
    } catch let error as GraphError {
      switch (step, error.status) {
      case (.create, 409): return .conflict
      case (.renew(_, let id), 404):
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

  /// Deletes what an earlier life left: one subscription is all that an account may have.
  func sweep(_ account: String, everything: Bool, timeout: Duration = .seconds(20)) async throws(GraphError) {
    var target: String? = "/subscriptions"
    for _ in 0..<Self.maxPages {
      guard let next = target else { return }
      let page = try await graph.fetch(
        SubscriptionPage.self,
        GraphRequest(call: .listSubscriptions, method: "GET", target: next, timeout: timeout),
        as: signIn(account))
      for found in page.value where found.isPresence {
        if !everything {
          let live = await book.find(found.id) != nil
          if live || found.notificationUrl != notificationURL { continue }
        }
        await book.remove(found.id)
        try await delete(account, found.id, timeout: timeout)
      }
      target = page.nextLink
    }
  }

  /// Deleting what is not there is a success.
  func delete(_ account: String, _ id: String, timeout: Duration = .seconds(20)) async throws(GraphError) {
    let request = GraphRequest(
      call: .unsubscribe, method: "DELETE", target: "/subscriptions/\(percentEncode(id))", timeout: timeout)
    do { _ = try await graph.send(request, as: signIn(account)) } catch {
      if error.status != 404 { throw error }
    }
  }

  private func create(_ account: String, _ users: [UserID]) async throws -> SubscriptionPlan.Outcome {
    let key = try await keys.current()
    let clientState = Base64.encodeURL(SecureRandom.bytes(32))
    let draft = SubscriptionDraft(
      url: notificationURL, users: users, expires: context.clock.date.addingTimeInterval(Self.life.inSeconds),
      key: key, clientState: clientState)
    let request = GraphRequest(
      call: .subscribe, method: "POST", target: "/subscriptions",
      body: Array(try JSONEncoder().encode(draft)),
      timeout: .seconds(60))
    let made = try await graph.fetch(GraphSubscription.self, request, as: signIn(account))
    await book.enter(made.id, SubscriptionBook.Entry(clientState: Array(clientState.utf8), users: Set(users)))
    return .created(id: made.id, expires: expiry(of: made))
  }

  private func renew(_ account: String, _ id: String) async throws -> Moment {
    let expires = context.clock.date.addingTimeInterval(Self.life.inSeconds)
    let body = try JSONEncoder().encode(SubscriptionRenewal(expirationDateTime: graphText(expires)))
    let request = GraphRequest(
      call: .renew, method: "PATCH", target: "/subscriptions/\(percentEncode(id))", body: Array(body))
    return expiry(of: try await graph.fetch(GraphSubscription.self, request, as: signIn(account)))
  }

  /// What Graph says counts, not what was asked for.
  private func expiry(of subscription: GraphSubscription) -> Moment {
    let left = subscription.expirationDateTime.flatMap(graphDate)?.timeIntervalSince(context.clock.date)
    let seconds = min(max(left ?? Self.life.inSeconds, 0), 86_400)
    return context.clock.now + .seconds(seconds)
  }

  private func signIn(_ account: String) -> [SignIn] { signIns[account].map { [$0] } ?? [] }
}
