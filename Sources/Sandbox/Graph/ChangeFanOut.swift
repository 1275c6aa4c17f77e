// From a change in the tenant to the subscriptions that watch it: finds them, and hands the notifications
// over.

import FoundationEssentials
import NIOCore

final class ChangeFanOut: Sendable {
  let book = Locked(SubscriptionBook())
  let faults = Locked(PendingFaults())
  private let directory: Locked<GraphDirectory>
  private let clock: SandboxClock
  private let notifier: Notifier

  init(
    directory: Locked<GraphDirectory>, clock: SandboxClock, notifier: (Locked<SubscriptionBook>) -> Notifier
  ) {
    self.directory = directory
    self.clock = clock
    self.notifier = notifier(book)
  }

  func presenceChanged(_ change: PresenceChange) {
    let id = directory.withLock { $0[change.index].id }
    let now = clock.date
    let watching = book.withLock { $0.watching(presenceOf: id, at: now) }
    send(watching, user: id, index: change.index, .presence(change.pair), now)
  }

  /// `change`: `updated` (also for new users) or `deleted`.
  func userChanged(_ id: String, index: Int, change: String) {
    let now = clock.date
    let watching = book.withLock { $0.watching(user: id, change: change, at: now) }
    send(watching, user: id, index: index, .user(change: change), now)
  }

  /// To the lifecycle address of one subscription, or of all; `subscriptionRemoved` ends them.
  func lifecycle(_ event: LifecycleEvent, of subscription: String?) {
    let now = clock.date
    let concerned = book.withLock { $0.all.values.filter { subscription == nil || $0.id == subscription } }
    for target in concerned {
      guard let address = target.lifecycleURL else { continue }
      var item = NotificationItem(
        subscription: target.id, user: "", index: -1, content: .lifecycle(event), created: now)
      item.ended = target
      notifier.send(item, to: address, nil)
      if event == .subscriptionRemoved { book.withLock { _ = $0.remove(target.id) } }
    }
  }

  /// Lets subscriptions end, and closes connections that none of the others uses.
  func expire() {
    let now = clock.date
    if book.withLock({ $0.expire(at: now) }) { closeUnused() }
  }
  func closeUnused() {
    notifier.keep(
      only: book.withLock {
        Set($0.all.values.flatMap { [$0.notificationURL] + ($0.lifecycleURL.map { [$0] } ?? []) })
      })
  }

  /// Both addresses of a subscription must answer the handshake; addresses that do are sent to at once.
  func validate(
    _ addresses: [PostTarget], within limit: TimeAmount, on loop: any EventLoop
  ) -> EventLoopFuture<Result<Void, GraphRefusal>> {
    let notifier = notifier
    let all = addresses.map { notifier.validate($0, within: limit, on: loop) }
    return EventLoopFuture.whenAllSucceed(all, on: loop).map { results in
      for case .failure(let refusal) in results { return .failure(refusal) }
      for address in addresses { notifier.wake(address) }
      return .success(())
    }
  }

  private func send(
    _ watching: [Subscription], user: String, index: Int, _ content: NotificationItem.Content, _ now: Date
  ) {
    for subscription in watching {
      let item = NotificationItem(
        subscription: subscription.id, user: user, index: index, content: content, created: now)
      let fault = faults.withLock { $0.takeNotificationFault() }
      notifier.send(item, to: subscription.notificationURL, fault)
    }
  }
}

/// Turns a batch of waiting notifications into the bytes of one request.
struct NotificationPress: Sendable {
  let book: Locked<SubscriptionBook>
  let keys: Locked<SigningKeys>
  let tokens: Locked<ValidationTokens>
  let clock: SandboxClock
  let options: GraphOptions
  /// The login host's address.
  let login: @Sendable () -> String

  /// Nil when no subscription of the batch lives any more.
  func body(_ batch: [NotificationItem]) -> [UInt8]? {
    let now = clock.date
    let living = book.withLock { book in batch.map { book.all[$0.subscription] } }
    var entries: [NotificationEntry] = []
    var apps: Set<String> = []
    for (item, subscription) in zip(batch, living) {
      // A certificate that cannot encrypt was refused when the subscription was made.
      guard let subscription = subscription ?? item.ended, subscription.expires > now || item.ended != nil,
        let entry = try? NotificationEntry(item, subscription, tenant: options.tenantID)
      else { continue }
      entries.append(entry)
      if entry.encryptedContent != nil { apps.insert(subscription.owner.app) }
    }
    guard !entries.isEmpty else { return nil }
    let signed = apps.isEmpty ? nil : apps.sorted().compactMap { token(for: $0, now) }
    return JSONValue.bytes(NotificationBody(value: entries, validationTokens: signed))
  }

  private func token(for app: String, _ now: Date) -> String? {
    let current = keys.withLock { $0 }
    return tokens.withLock { tokens in
      try? tokens.token(
        for: app, tenant: options.tenantID, form: options.validationTokenForm, login: login(), keys: current,
        now: now)
    }
  }
}
