// How the engine takes in a new configuration while it runs: whoever stays keeps everything.

import PluginAPI

extension Engine {
  /// From now on plugins and routes have the numbers of `setup`. What is known of a plugin stays where its id and its
  /// type stay; answers that are outstanding are told with the new numbers, and as a failure where a plugin was
  /// made anew. What a removed plugin's system holds of ours stays there: take it back before.
  mutating func reconfigure(_ setup: EngineSetup, now: Moment) -> [Effect] {
    let before = self
    self = Engine(setup, now: now, date: before.date(at: now))
    for (number, plugin) in setup.plugins.enumerated() {
      guard let same = before.setup.number(of: plugin) else { continue }
      tables[number] = before.tables[same]
      directories[number] = before.directories[same]
      heardDirectory[number] = before.heardDirectory[same] || !plugin.hasDirectory
      rosters[number] = before.rosters[same]
      if let sink = plugin.sink, var outbox = before.outboxes[same] {
        outbox.limit(to: sink.limits, now: now)
        outbox.renumber { setup.number(of: before.setup.routes[$0], in: before.setup) }
        outboxes[number] = outbox
      }
      if let poll = plugin.poll, var plan = before.polls[same] {
        plan.limit(to: poll.limits, interval: poll.interval, now: now)
        polls[number] = plan
      }
    }
    hasHeardAll = heardDirectory.allSatisfy { $0 }
    pauses = before.pauses
    for (number, route) in setup.routes.enumerated() {
      guard let same = before.setup.number(of: route, in: setup), tables[route.from].count > 0 else {
        continue
      }
      frozen[number] = before.frozen[same]
      let (old, new) = (before.setup.routes[same].terms, route.terms)
      if old.hold == new.hold && old.minInterval == new.minInterval { gates[number] = before.gates[same] }
    }
    armMinute(now: now)
    return rematch(now: now)
  }
}

extension Outbox {
  /// Of the routes by which the waiting changes came; a route that is gone leaves a change without a figure.
  fileprivate mutating func renumber(_ number: (Int) -> Int?) {
    for slot in entries.indices where entries[slot].since != nil {
      let route = number(entries[slot].route)
      entries[slot].route = route ?? 0
      if route == nil { entries[slot].since = nil }
    }
  }
}
