// How the engine takes in presence: news or echo, and what each sink should show from now on.

import PluginAPI

extension Engine {
  /// `polledAt` is when the poll that brought the events was sent; nil for what a source reported by itself.
  mutating func apply(_ events: [PresenceEvent], of plugin: Int, polledAt: Moment? = nil, now: Moment)
    -> [Effect]
  {
    var effects: [Effect] = []
    for event in events {
      // Users whom no directory has named can be nobody's: they must not take memory.
      guard let slot = tables[plugin].slot(of: event.user) ?? newSlot(for: event.user, of: plugin) else {
        continue
      }
      if let polledAt, let reported = tables[plugin].sources[slot].reportedAt, reported > polledAt {
        continue
      }
      let reason = echo(event.presence, plugin: plugin, slot: slot, asked: polledAt ?? now)
      if let reason, reason != .heldBeforeOthers || polledAt == nil {
        tables[plugin].sources[slot].echo = .init(event.presence, at: now, why: reason)
        effects.append(.echo(plugin: plugin))
        if reason != .heldBeforeOthers { confirm(slot, of: plugin, now: now) }
        // A report that was overtaken, or the person doing the same: only the system itself can tell.
        if reason == .heldBeforeOthers { polls[plugin]?.request([event.user]) }
        continue
      }
      outboxes[plugin]?.sawOthers(slot)
      let (said, moment) = (tables[plugin].sources[slot].presence, polledAt ?? event.receivedAt)
      tables[plugin].sources[slot].say(event.presence, at: moment)
      if said != event.presence, !routesFrom[plugin].isEmpty {
        effects.append(.said(plugin: plugin, user: event.user, event.presence, since: moment))
      }
      decideEnds(of: routesFrom[plugin], slot: slot, since: event.receivedAt, now: now)
    }
    pump(now: now, into: &effects)
    return effects
  }

  /// The source has answered, but ours hides what is there: what it said in an earlier life is still the best that is
  /// known.
  private mutating func confirm(_ slot: Int, of plugin: Int, now: Moment) {
    guard tables[plugin].sources[slot].isRemembered else { return }
    tables[plugin].sources[slot].isRemembered = false
    decideEnds(of: routesFrom[plugin], slot: slot, since: nil, now: now)
  }

  /// What a source said in an earlier life, and since when. It counts in the merge from the start, so that the first
  /// source that answers does not win because the other has not answered yet.
  mutating func recall(_ presence: Presence, of user: UserID, plugin: Int, since: Moment) {
    let slot = tables[plugin].slot(for: user)
    tables[plugin].sources[slot].presence = presence
    tables[plugin].sources[slot].changedAt = since
    tables[plugin].sources[slot].isRemembered = true
  }

  /// What a plugin last reported about a user of its own.
  func reported(by user: UserID, of plugin: Int) -> Presence? {
    tables[plugin].slot(of: user).flatMap { tables[plugin].sources[$0].presence }
  }

  private mutating func newSlot(for user: UserID, of plugin: Int) -> Int? {
    directories[plugin][user] == nil ? nil : tables[plugin].slot(for: user)
  }

  /// Nothing tells who caused a state: what equals what we hold there is our echo, and so is, for a moment,
  /// what equals what we held there before. Nil: it is news.
  private func echo(_ presence: Presence, plugin: Int, slot: Int, asked: Moment) -> Outbox.Reason? {
    guard let sink = setup.plugins[plugin].sink else { return nil }
    return outboxes[plugin]?.reason(slot, asked: asked) { held in
      sink.echoes(held).contains { looksLike(presence, $0) }
    }
  }

  /// Notes are not compared: what a person writes beside a state does not make the state theirs.
  private func looksLike(_ a: Presence, _ b: Presence) -> Bool {
    a.availability == b.availability && a.activity == b.activity && a.call == b.call
  }
}
