// Routes and people that are on hold: from when on nothing new is passed on, and what happens at the end.

import FoundationEssentials
import PluginAPI

extension Engine {
  /// Replaces a pause of the same target. One that is over already, or whose target nobody knows, is kept until it
  /// expires: the target may come back.
  mutating func pause(_ pause: Pause, now: Moment) -> [Effect] {
    let isNew = !pauses.contains { $0.target == pause.target && $0.meanwhile == .keep }
    if pause.meanwhile == .keep, isNew { freeze(pause.target, now: now) }
    pauses.removeAll { $0.target == pause.target }
    pauses.append(pause)
    indexPauses()
    decideAll(pause.target, now: now)
    armMinute(now: now)
    return [.pauses(pauses)] + pump(now: now)
  }

  /// Whatever was said meanwhile counts from now on.
  mutating func resume(_ target: Pause.Target, now: Moment) -> [Effect] {
    let effects = endPause(target, now: now)
    armMinute(now: now)
    return effects + pump(now: now)
  }

  mutating func endPause(_ target: Pause.Target, now: Moment) -> [Effect] {
    guard pauses.contains(where: { $0.target == target }) else { return [] }
    pauses.removeAll { $0.target == target }
    indexPauses()
    thaw()
    decideAll(target, now: now)
    return [.pauses(pauses)]
  }

  /// The pause that holds for this person on this route, if any; a clear one comes first.
  func pause(of route: Int, person: Int) -> Pause? {
    let both = [pausedRoutes[route], pausedPeople[person]].compactMap { $0 }
    return both.first { $0.meanwhile == .clear } ?? both.first
  }

  /// Routes and people by number, after these or the pauses have changed.
  mutating func indexPauses() {
    pausedRoutes = setup.routes.map { _ in nil }
    pausedPeople = [:]
    for pause in pauses {
      for route in routes(of: pause.target) where isRoute(pause.target) { pausedRoutes[route] = pause }
      if let person = person(of: pause.target) { pausedPeople[person] = pause }
    }
  }

  private func isRoute(_ target: Pause.Target) -> Bool {
    if case .route = target { true } else { false }
  }
  private func routes(of target: Pause.Target) -> [Int] {
    guard case .route(let from, let to) = target else { return Array(setup.routes.indices) }
    return setup.routes.indices.filter { route in
      let part = setup.routes[route]
      return setup.plugins[part.from].id == from && setup.plugins[part.to].id == to
    }
  }
  private func person(of target: Pause.Target) -> Int? {
    guard case .person(let id, let user) = target,
      let plugin = setup.plugins.firstIndex(where: { $0.id == id }), let slot = tables[plugin].slot(of: user)
    else { return nil }
    let person = tables[plugin].person[slot]
    return person >= 0 ? Int(person) : nil
  }
  /// The users at the beginning of the route whom the target means.
  private func slots(of target: Pause.Target, on route: Int) -> [Int] {
    let from = setup.routes[route].from
    guard case .person = target else { return Array(0..<tables[from].count) }
    let user = person(of: target).flatMap { people.people[$0].users[from] }
    return user.flatMap { tables[from].slot(of: $0) }.map { [$0] } ?? []
  }

  private mutating func freeze(_ target: Pause.Target, now: Moment) {
    for route in routes(of: target) {
      for slot in slots(of: target, on: route) {
        let person = tables[setup.routes[route].from].person[slot]
        guard person >= 0, frozen[route][slot] == nil else { continue }
        if case .says(let contribution) = voice(of: route, slot: slot, person: Int(person), now: now) {
          frozen[route][slot] = contribution
        }
      }
    }
  }

  /// Forgets what was kept for those who are no longer paused.
  private mutating func thaw() {
    for route in setup.routes.indices where !frozen[route].isEmpty {
      let persons = tables[setup.routes[route].from].person
      frozen[route] = frozen[route].filter { slot, _ in
        persons[slot] >= 0 && pause(of: route, person: Int(persons[slot]))?.meanwhile == .keep
      }
    }
  }

  private mutating func decideAll(_ target: Pause.Target, now: Moment) {
    for route in routes(of: target) {
      for slot in slots(of: target, on: route) { decideEnds(of: [route], slot: slot, since: now, now: now) }
    }
  }
}
