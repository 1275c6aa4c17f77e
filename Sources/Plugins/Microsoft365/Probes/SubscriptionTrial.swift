// Whether Microsoft accepts a subscription: a short one on the account's own presence, only where there is none.

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

struct SubscriptionTrial: Sendable {
  /// If it cannot be deleted it is gone after this: Microsoft makes less of it the same.
  static let life = Duration.seconds(45 * 60)

  let graph: GraphClient
  let keys: EncryptionKeys
  let notificationURL: String

  /// An account may have one presence subscription: a living one is of a gateway that runs, and is left alone.
  func result(_ signIn: SignIn, userID: String) async -> ProbeResult.State {
    do {
      if let found = try await living(signIn) {
        return .ok(detail: "left alone: the account has a subscription that ends at \(found)")
      }
      let made = try await create(signIn, UserID(userID))
      // Not a child: whoever is no longer waiting for the result does not want to leave it behind.
      let deleted = await Task { () -> GraphError? in
        do throws(GraphError) { try await graph.unsubscribe(made.id, as: [signIn]) } catch { return error }
        return nil
      }.value
      if let error = deleted {
        return .failed(
          reason: "made, but not deleted: \(error.failure.reason)",
          remedy: "nothing to do: it ends by itself within 45 minutes; try again after that")
      }
      return .ok(detail: "made and deleted; Microsoft reached \(notificationURL)")
    } catch let error as GraphError {
      let failure = SubscriptionFailure(error, notificationURL: notificationURL)
      return .failed(reason: failure.reason, remedy: failure.hint)
    } catch {
      return .failed(reason: "\(error)", remedy: "report this as a fault of the gateway")
    }
  }

  private func living(_ signIn: SignIn) async throws(GraphError) -> String? {
    let found = try await graph.subscriptions(as: [signIn]).first(where: \.isPresence)
    return found.map { $0.expirationDateTime ?? "some time" }
  }

  private func create(_ signIn: SignIn, _ user: UserID) async throws -> GraphSubscription {
    let draft = SubscriptionDraft(
      url: notificationURL, users: [user],
      expires: await graph.time.date.addingTimeInterval(Self.life.inSeconds),
      key: try await keys.current(), clientState: Base64.encodeURL(SecureRandom.bytes(32)))
    let body = Array(try JSONEncoder().encode(draft))
    return try await graph.fetch(
      GraphSubscription.self,
      GraphRequest(
        call: .subscribe, method: "POST", target: "/subscriptions", body: body, timeout: .seconds(60)),
      as: [signIn])
  }
}
