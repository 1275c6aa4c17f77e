// A subscription on `/users`: tells that somebody changed, so that the directory is asked before its time (C.9).

import FoundationEssentials
import OpenSSLCrypto
import PluginAPI

struct UserHints: Sendable {
  static let checkName = "user hints"
  /// Microsoft allows 29 days; what a killed gateway leaves should end by itself.
  static let life = Duration.seconds(24 * 3600)
  /// With a fresh token, so that Microsoft rarely has to ask for it.
  static let renewEvery = Duration.seconds(900)
  static let lookEvery = Duration.seconds(5)

  private struct Draft: Encodable {
    let changeType = "updated,deleted"
    let notificationUrl: String
    let lifecycleNotificationUrl: String
    let resource = "/users"
    let expirationDateTime: String
    let clientState: String
    let latestSupportedTlsVersion = "v1_2"
    enum CodingKeys: String, CodingKey {
      case changeType, notificationUrl, lifecycleNotificationUrl, resource, expirationDateTime, clientState
      case latestSupportedTlsVersion
    }
  }

  let graph: GraphClient
  let signIns: @Sendable () async -> [SignIn]
  let context: PluginContext
  let book: SubscriptionBook
  let notificationURL: String

  /// Until cancelled; then the subscription is deleted.
  func run() async {
    var id: String?
    /// Whether Graph may have made one whose id never came.
    var isUncertain = false
    var failures = 0
    while !Task.isCancelled {
      do {
        if let current = id { try await renew(current) } else { id = try await create() }
        (failures, isUncertain) = (0, false)
        report(.ok(detail: "Microsoft tells when users change"))
        await pause(for: Self.renewEvery)
      } catch let error as GraphError {
        if error.status == 404, let lost = id {
          await book.remove(lost)
          id = nil
          continue
        }
        if id == nil { isUncertain = error.isUncertain }
        failures += 1
        let failure = SubscriptionFailure(error, notificationURL: notificationURL)
        report(.failing(reason: "\(failure.reason); users are asked for instead", remedy: failure.hint))
        await pause(for: .seconds(min(600, 30 << min(failures, 5))))
      } catch { return }
    }
    guard id != nil || isUncertain else { return }
    // Not a child: it would be cancelled already.
    await Task { [id] in
      guard let id else {
        try? await sweep(timeout: .seconds(3))
        return
      }
      try? await graph.unsubscribe(id, as: signIns(), timeout: .seconds(3))
      await book.remove(id)
    }.value
  }

  /// Until the next renewal or try; a lifecycle event, or whoever has mended something, shortens it.
  private func pause(for duration: Duration) async {
    let end = context.clock.now + duration
    while context.clock.now < end, !Task.isCancelled {
      try? await context.clock.sleep(until: min(end, context.clock.now + Self.lookEvery))
      if await book.takeUsersToRenew() { return }
    }
  }

  private func create() async throws -> String {
    try await sweep()
    let clientState = Base64.encodeURL(SecureRandom.bytes(32))
    let draft = Draft(
      notificationUrl: notificationURL, lifecycleNotificationUrl: notificationURL,
      expirationDateTime: graphText(await expires()), clientState: clientState)
    let request = GraphRequest(
      call: .subscribeToUsers, method: "POST", target: "/subscriptions",
      body: Array(try JSONEncoder().encode(draft)),
      timeout: .seconds(60))
    let made = try await graph.fetch(GraphSubscription.self, request, as: await signIns())
    await book.enter(made.id, .init(account: "", clientState: clientState, keyID: nil, subject: .users))
    return made.id
  }

  private func renew(_ id: String) async throws {
    let body = try JSONEncoder().encode(SubscriptionRenewal(expirationDateTime: graphText(await expires())))
    let request = GraphRequest(
      call: .subscribeToUsers, method: "PATCH", target: "/subscriptions/\(percentEncode(id))",
      body: Array(body))
    _ = try await graph.send(request, as: await signIns())
  }

  /// What an earlier life left posts to us with a secret that nobody knows any more.
  private func sweep(timeout: Duration = .seconds(20)) async throws {
    let all = try await graph.subscriptions(as: await signIns(), timeout: timeout)
    for found in all where found.isUsers && found.notificationUrl == notificationURL {
      try await graph.unsubscribe(found.id, as: signIns(), timeout: timeout)
    }
  }

  private func expires() async -> Date { await graph.time.date.addingTimeInterval(Self.life.inSeconds) }
  private func report(_ state: Check.State) {
    context.health.report(Check(Self.checkName, state, required: false))
  }
}
