// What a route contributes for one person now: filters, working hours, pauses, rules and patience, in this order.

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
    let part = setup.routes[route]
    let state = tables[part.from].sources[slot]
    var presence: Presence
    if isOpen[route] {
      guard let said = state.presence else { return .silent }
      presence = part.map(said)
    } else {
      guard let outside = part.terms.hours?.outside else { return .leftOut(.outsideHours) }
      presence = outside
    }
    if gates[route] != nil { presence = gates[route]?.pass(presence, slot: slot, now: now) ?? presence }
    return .says(
      Contribution(
        presence: presence, priority: part.priority, since: state.changedAt ?? Moment(nanoseconds: 0),
        isRemembered: state.isRemembered && isOpen[route]))
  }

  /// What the sinks at the ends of the routes from this user should show now.
  mutating func decideEnds(of routes: [Int], slot: Int, since: Moment?, now: Moment) {
    for route in routes {
      let part = setup.routes[route]
      let person = tables[part.from].person[slot]
      guard person >= 0, let user = people.people[Int(person)].users[part.to],
        let sinkSlot = tables[part.to].slot(of: user)
      else { continue }
      decide(sink: part.to, slot: sinkSlot, since: since, route: route, now: now)
    }
  }

  /// What the sink should show for this user now.
  mutating func decide(sink: Int, slot: Int, since: Moment?, route: Int?, now: Moment) {
    let person = tables[sink].person[slot]
    guard person >= 0 else {
      // Nobody is taken leave of before every directory has been read once.
      if hasHeardAll { outboxes[sink]?.want(slot, nil, since: nil, route: route ?? 0, now: now) }
      return
    }
    var contributions: [Contribution] = []
    var (maySpeak, hasSpoken, remembers) = (false, false, false)
    for route in routesTo[sink] {
      let from = setup.routes[route].from
      guard let user = people.people[Int(person)].users[from], let fromSlot = tables[from].slot(of: user)
      else { continue }
      switch voice(of: route, slot: fromSlot, person: Int(person), now: now) {
      case .silent: maySpeak = true
      case .leftOut: break
      case .says(let contribution):
        contributions.append(contribution)
        if contribution.isRemembered { remembers = true } else { hasSpoken = true }
      }
    }
    guard let part = setup.plugins[sink].sink else { return }
    let merged = setup.plugins[sink].merge(contributions)
    // Nobody has spoken: what an earlier life left stays, what was shown for somebody else does not.
    if !hasSpoken, outboxes[sink]?.isDecided(slot) != true, maySpeak || remembers || !hasHeardAll { return }
    let held = merged.map(part.held)
    outboxes[sink]?.want(
      slot, held == .available ? nil : held, since: since, route: route ?? routesTo[sink].first ?? 0, now: now
    )
  }

  mutating func decideEverybody(in sink: Int, now: Moment) {
    guard outboxes[sink] != nil else { return }
    for slot in 0..<tables[sink].count { decide(sink: sink, slot: slot, since: nil, route: nil, now: now) }
  }
}
