// The data paths: presence from the PBXs to the core, and deliveries from the core to the PBXs.

import PluginAPI

extension Switchboard {
  // MARK: From the PBX

  /// Newest wins: a slow core costs intermediate states, never memory and never the newest state.
  func queue(_ event: PresenceEvent) {
    metrics.event()
    events[event.user] = event
    eventReader?.yield()
  }

  /// Signals events from now on, beginning with everything known.
  func eventSignal() -> AsyncStream<Void> {
    let (stream, reader) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    eventReader?.finish()
    eventReader = reader
    for line in homes.values {
      for (user, presence) in lines[line]?.session.subscriptions.reported ?? [] where events[user] == nil {
        events[user] = PresenceEvent(user: user, presence: presence, receivedAt: now)
      }
    }
    if !events.isEmpty { reader.yield() }
    return stream
  }

  func takeEvents() -> [PresenceEvent] {
    defer { events = [:] }
    return Array(events.values)
  }

  // MARK: To the PBX

  func deliver(_ update: PresenceUpdate, _ wanted: Presence, previous: Presence) async -> DeliveryOutcome {
    let user = update.user
    guard let (found, home) = find(user) else {
      let outcome = outcomeForUnknown(wanted)
      if case .retry = outcome { noteUnsent(update) }
      return outcome
    }
    guard var line = homes[home], lines[line]?.announced == true else {
      noteUnsent(update)
      return .retry(after: nil, reason: "PBX \(home.pbx) is not connected")
    }
    if lines[line]?.session.writes.answers.isStalled == true {
      noteUnsent(update)
      return .retry(after: AnswerWatch.pause, reason: "PBX \(home.pbx) does not answer")
    }
    let wasUnsent = unsent.remove(user) != nil
    let order = WriteOrder(
      token: nextToken(), user: user, sip: found.sip, presence: wanted, previous: previous,
      isRepair: update.cause == .repair && !wasUnsent)
    if options.borrows {
      if borrowers.insert(user).inserted, !roster.contains(user) { watch(user, found.sip, on: line) }
      lines[line]?.session.lend(order)
      loans.take(lines[line]?.session.takeLoans() ?? [:])
      await keepLoans()
      guard let still = homes[home] else {
        return .retry(after: nil, reason: "PBX \(home.pbx) is not connected")
      }
      line = still
    }
    let chosen = line
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiters[order.token] = continuation
        guard !Task.isCancelled else { return cancel(order.token) }
        perform(lines[chosen]?.session.deliver(order, now: now) ?? [], on: chosen)
      }
    } onCancel: {
      Task { await self.cancel(order.token) }
    }
  }

  /// The core takes every retry for a lost answer; what never left need not be repaired, only sent.
  private func noteUnsent(_ update: PresenceUpdate) {
    if update.cause != .repair { unsent.insert(update.user) }
  }

  private func cancel(_ token: Int) {
    waiters.removeValue(forKey: token)?.resume(returning: .retry(after: nil, reason: "cancelled"))
  }

  private func outcomeForUnknown(_ wanted: Presence) -> DeliveryOutcome {
    let reading = homes.filter { $0.key.pbx == settings.master.lowercased() && tables[$0.key.domain] == nil }
    if tables.isEmpty || !reading.isEmpty {
      return .retry(after: nil, reason: "the users of PBX \(settings.master) are not read yet")
    }
    if wanted == .available { return .delivered(lease: nil) }
    return .rejected(reason: "the PBX does not know this user any more")
  }

  // MARK: Checks

  func updateChecks() {
    metrics.calls(homes.values.reduce(0) { $0 + (lines[$1]?.session.writes.heldCalls ?? 0) })
    let versions = homes.values.reduce(into: [:]) { $0[$1] = lines[$1]?.session.subscriptions.version ?? 0 }
    if checks.subscriptionsChanged(versions) {
      var progress = SubscriptionProgress()
      for line in homes.values { progress.add(lines[line]?.session.subscriptions.progress ?? .init()) }
      metrics.subscribed(progress)
      checks.subscriptions(progress, usersKnown: !tables.isEmpty)
    }
    checks.tick(now)
  }
}
