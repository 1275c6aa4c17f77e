// What a route contributes for one person now: filters, pauses, working hours, rules and patience, in this order.

import PluginAPI

extension Engine {
  enum Voice: Sendable, Equatable {
    /// The source may speak, but has not yet.
    case silent
    /// Nothing will come this way as long as things are as they are.
    case leftOut(LeftOut)
    case says(Contribution)
  }
  enum LeftOut: Sendable, Equatable { case filtered, outsideHours, paused }

  /// `slot` is the person's user at the route's beginning.
  mutating func voice(of route: Int, slot: Int, person: Int, now: Moment) -> Voice {
    if let admits = admits[route], !admits[person] { return .leftOut(.filtered) }
    if !pauses.isEmpty, let pause = pause(of: route, person: person) {
      if pause.meanwhile == .clear { return .leftOut(.paused) }
      return frozen[route][slot].map { .says($0) } ?? .silent
    }
    let from = setup.routes[route].from
    var presence: Presence
    if isOpen[route] {
      guard let said = tables[from].sources[slot].presence else { return .silent }
      presence = setup.routes[route].map(said)
    } else {
      guard let outside = setup.routes[route].terms.hours?.outside else { return .leftOut(.outsideHours) }
      presence = outside
    }
    if gates[route] != nil { presence = gates[route]?.pass(presence, slot: slot, now: now) ?? presence }
    return .says(
      Contribution(
        presence: presence, priority: setup.routes[route].priority,
        since: tables[from].sources[slot].changedAt ?? Moment(nanoseconds: 0),
        isRemembered: tables[from].sources[slot].isRemembered && isOpen[route]))
  }

  /// What the sinks at the ends of the routes from this user should show now.
  mutating func decideEnds(of routes: [Int], slot: Int, since: Moment?, now: Moment) {
    for route in routes {
      let (from, to) = (setup.routes[route].from, setup.routes[route].to)
      let person = tables[from].person[slot]
      guard person >= 0, let sinkSlot = self.slot(of: Int(person), in: to) else { continue }
      decide(sink: to, slot: sinkSlot, person: person, since: since, route: route, now: now)
    }
  }

  /// What the sink should show for this user now.
  private mutating func decide(
    sink: Int, slot: Int, person: Int32, since: Moment?, route: Int?, now: Moment
  ) {
    guard person >= 0 else {
      // Nobody is taken leave of before every directory has been read once.
      if hasHeardAll { outboxes[sink]?.want(slot, nil, since: nil, route: route ?? 0, now: now) }
      return
    }
    var merged: Contribution?
    var (maySpeak, hasSpoken, remembers) = (false, false, false)
    for number in routesTo[sink] {
      let from = setup.routes[number].from
      guard let fromSlot = self.slot(of: Int(person), in: from) else { continue }
      switch voice(of: number, slot: fromSlot, person: Int(person), now: now) {
      case .silent: maySpeak = true
      case .leftOut: break
      case .says(let contribution):
        setup.plugins[sink].merge.add(contribution, to: &merged)
        if contribution.isRemembered { remembers = true } else { hasSpoken = true }
      }
    }
    guard let part = setup.plugins[sink].sink else { return }
    // Nobody has spoken: what an earlier life left stays, what was shown for somebody else does not.
    if !hasSpoken, outboxes[sink]?.isDecided(slot) != true, maySpeak || remembers || !hasHeardAll { return }
    let held = (merged?.presence).map(part.held)
    outboxes[sink]?.want(
      slot, held == .available ? nil : held, since: since, route: route ?? routesTo[sink].first ?? 0, now: now
    )
  }

  mutating func decideEverybody(in sink: Int, now: Moment) {
    guard outboxes[sink] != nil else { return }
    for slot in 0..<tables[sink].count {
      decide(sink: sink, slot: slot, person: tables[sink].person[slot], since: nil, route: nil, now: now)
    }
  }
}
