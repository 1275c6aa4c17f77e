// How the shell carries out what the engine decides: the store first, then the plugins, then the next alarm.

import FoundationEssentials
import PluginAPI

extension GatewayCore {
  func carryOut(_ effects: [Engine.Effect]) {
    guard !hasEnded else { return }
    let (date, now) = (clock.date, clock.now)
    var (records, said): ([HeldRecord], [SourceRecord]) = ([], [])
    for effect in effects {
      switch effect {
      case .remember(let sink, let user, let remembered):
        records.append(HeldRecord(plugin: engine.setup.plugins[sink].id, user: user, remembered, at: date))
      case .said(let plugin, let user, let presence, let since):
        said.append(
          SourceRecord(
            plugin: engine.setup.plugins[plugin].id, user: user, presence: presence,
            since: date - (now - since).inSeconds))
      default: break
      }
    }
    if !said.isEmpty { store.record(said) }
    // Before anything is sent: after a crash the store must know what may have been accepted.
    if !records.isEmpty { store.record(records) }
    for effect in effects { carryOut(effect) }
    arm()
    if stopping, isSettled { endWaiting() }
  }

  private func carryOut(_ effect: Engine.Effect) {
    switch effect {
    case .deliver(let sink, let updates, let shipment): deliver(updates, shipment, to: sink)
    case .poll(let plugin, let users): poll(users, of: plugin)
    case .roster(let plugin, let roster): self.roster(of: engine.setup.plugins[plugin].id).publish(roster)
    case .remember, .said: break
    case .pauses(let pauses):
      notePauses(pauses)
      rememberPauses()
    case .delivered(let route, let user, let latency):
      latencies[route].record(latency, now: clock.now)
      meters.delivered(route: route, latency: latency)
      noteDelivered(user, route: route, latency: latency)
    case .echo(let plugin): meters.echo(from: plugin)
    case .outcome(let sink, let user, let outcome): note(outcome, for: user, in: sink)
    }
  }

  /// Whom something was asked of: the numbers may be others when the answer comes.
  private struct Asked {
    let id: String
    let instance: Int
    let begun: Int
    let generation: Int
  }
  private func asked(_ plugin: Int) -> Asked {
    Asked(
      id: engine.setup.plugins[plugin].id, instance: instances[plugin], begun: begun[plugin],
      generation: generation)
  }
  /// Its number now; nil when what was asked is forgotten, because the plugin was gone in between.
  private func plugin(_ asked: Asked) -> Int? {
    ids[asked.id].flatMap { begun[$0] == asked.begun ? $0 : nil }
  }

  private func deliver(_ updates: [PresenceUpdate], _ shipment: Outbox.Shipment, to sink: Int) {
    guard let plugin = plugins[sink] as? any PresenceSink else { return }
    let asked = asked(sink)
    if let shadow {
      let id = engine.setup.plugins[sink].id
      for update in updates {
        let there = engine.reported(by: update.user, of: sink).map(plugin.held)
        shadow.note(update, to: id, there: there)
        logger.info(
          "would write",
          metadata: [
            "sink": "\(id)", "user": "\(update.user)", "cause": "\(update.cause)",
            "presence": "\((update.presence ?? .available).inWords)",
            "there": "\(there?.inWords ?? "not known")",
          ])
      }
      run(for: asked.instance) {
        await self.completed(shipment, of: asked, .success(updates.map { _ in .delivered(lease: nil) }))
      }
      return
    }
    run(for: asked.instance) { [store, clock] in
      await store.barrier()
      let result = await answer(within: Self.patience, clock) { () async throws(PluginFailure) in
        try await plugin.deliver(updates)
      }
      await self.completed(shipment, of: asked, result)
    }
  }

  private func completed(
    _ shipment: Outbox.Shipment, of asked: Asked, _ result: Result<[DeliveryOutcome], PluginFailure>
  ) {
    guard let sink = plugin(asked) else { return }
    var (shipment, result) = (shipment, result)
    // The numbers of its routes mean nothing any more: it is delivered, but no figure.
    if generation != asked.generation {
      for index in shipment.items.indices { shipment.items[index].since = nil }
    }
    if instances[sink] != asked.instance {
      result = .failure(
        PluginFailure(.retry(after: nil), "the plugin was made anew by a change of the configuration"))
    }
    if case .failure(let failure) = result, !hasEnded {
      logger.warning("delivery failed", metadata: ["sink": "\(asked.id)", "reason": "\(failure)"])
    }
    carryOut(engine.complete(shipment, of: sink, result, now: clock.now))
  }

  private func poll(_ users: [UserID], of plugin: Int) {
    guard let source = plugins[plugin] as? any PollingSource, !stopping else { return }
    let sentAt = clock.now
    let asked = asked(plugin)
    run(for: asked.instance) { [clock] in
      let result = await answer(within: Self.patience, clock) { () async throws(PluginFailure) in
        try await source.poll(users)
      }
      await self.polled(users, of: asked, result, sentAt: sentAt)
    }
  }

  private func polled(
    _ users: [UserID], of asked: Asked, _ result: Result<[PresenceEvent], PluginFailure>, sentAt: Moment
  ) {
    guard let plugin = plugin(asked) else { return }
    switch result {
    case .success(let events):
      meters.received(events.count, from: plugin)
      let known = events.map { engine.reported(by: $0.user, of: plugin) }
      let effects = engine.apply(events, of: plugin, polledAt: sentAt, now: clock.now)
      let changed = zip(events, known).count { event, known in
        known != nil && known != engine.reported(by: event.user, of: plugin)
      }
      meters.foundByPoll(changed, in: plugin)
      carryOut(effects)
      carryOut(engine.polled(users, of: plugin, nil, now: clock.now))
    case .failure(let failure):
      if stopping { return }
      logger.warning("poll failed", metadata: ["plugin": "\(asked.id)", "reason": "\(failure)"])
      carryOut(engine.polled(users, of: plugin, failure, now: clock.now))
    }
  }

  private func note(_ outcome: Engine.Outcome, for user: UserID, in sink: Int) {
    meters.outcome(outcome.name.rawValue, of: sink)
    outcomes[sink][outcome.name, default: 0] += 1
    noteOutcome(outcome, of: user, in: sink)
    if case .rejected(let reason) = outcome {
      lastRejection[engine.setup.plugins[sink].id] = (user, reason)
      logger.warning(
        "update rejected",
        metadata: ["sink": "\(engine.setup.plugins[sink].id)", "user": "\(user)", "reason": "\(reason)"])
    }
  }

  /// Plugins have limits of their own, far below: this one is for those that forget to answer.
  static let patience = Duration.seconds(300)

  /// `instance` is the plugin's that is asked; nil: it is the core's own work.
  func run(for instance: Int? = nil, _ work: @escaping @Sendable () async -> Void) {
    let id = nextTask
    nextTask += 1
    tasks[id] = (
      instance,
      Task {
        await work()
        self.finished(id)
      }
    )
  }
  private func finished(_ id: Int) { tasks[id] = nil }

  private func arm() {
    guard let next = engine.nextWake(now: clock.now) else { return }
    if let alarm, alarm.at <= next { return }
    alarm?.task.cancel()
    alarm = (
      next,
      Task { [clock] in
        guard (try? await clock.sleep(until: next)) != nil else { return }
        wake()
      }
    )
  }
}

extension HeldRecord {
  init(plugin: String, user: UserID, _ remembered: Outbox.Remembered, at date: Date) {
    self.plugin = plugin
    self.user = user
    switch remembered {
    case .held(let held?, let lease): content = .held(held, leaseEnds: lease.map { date + $0.inSeconds })
    case .held(nil, _): content = .nothing
    case .doubtful(let candidates): content = .doubtful(candidates)
    }
  }
}

extension HeldRecord.Content {
  /// What the engine should start from; nil: from nothing.
  func remembered(at date: Date) -> Outbox.Remembered? {
    switch self {
    case .nothing: return nil
    case .doubtful(let candidates): return .doubtful(candidates)
    case .held(let held, nil): return .held(held, lease: nil)
    case .held(let held, let ends?):
      let lease = Duration.seconds(ends.timeIntervalSince(date))
      // Its last refresh may have arrived without having been recorded.
      return lease > .zero ? .held(held, lease: lease) : .doubtful([held])
    }
  }
}
