// What must be true whatever happened, once the storm is over and enough time has passed.

import PluginAPI

@testable import Gateway

extension Simulation {
  private func wanted(_ presence: Presence?, in system: Int) -> Presence? {
    guard let held = presence.map(type(of: systems[system]).held) else { return nil }
    return held == .available ? nil : held
  }
  private func entry(_ system: Int, _ person: Int) -> Outbox.Entry? {
    guard let engine, let slot = engine.tables[system].slot(of: Self.user(system, person)),
      let outbox = engine.outboxes[system], slot < outbox.entries.count
    else { return nil }
    return outbox.entries[slot]
  }
  private func known(_ system: Int, _ person: Int) -> Presence? {
    guard let engine, let slot = engine.tables[system].slot(of: Self.user(system, person)) else { return nil }
    return engine.tables[system].sources[slot].presence
  }
  private func isRefused(_ system: Int, _ person: Int) -> Bool {
    entry(system, person).map { $0.rejected != .undecided && $0.rejected == $0.wanted } ?? false
  }

  /// What the gateway may take for its own: what is there of it, what the person put aside by choosing the
  /// same by hand, and what was never settled because the next value was refused.
  private func mayBeOurs(_ system: Int, _ person: Int) -> [Presence] {
    var values = [systems[system].ours(person)]
    if systems[system].isOverridden(person) { values.append(entry(system, person)?.delivered) }
    if isRefused(system, person) { values += entry(system, person)?.doubtful ?? [] }
    return values.compactMap { $0 }
  }

  /// At any time: where nobody acts, nothing is ever taken for somebody's doing.
  func checkEchoes() {
    for (person, side) in sides.enumerated() {
      guard let side, let said = known(1 - side, person), said != .available else { continue }
      fail("\(Self.user(1 - side, person)) is believed to be \(said.story), which was us")
    }
  }

  /// Each sink shows what the other side last said; what the gateway believes of a system is what it reports,
  /// unless that is hidden behind ours.
  func checkConvergence() {
    for person in 0..<plan.people {
      for system in systems.indices {
        let user = Self.user(system, person)
        let reported = systems[system].reported(person)
        let echoes = mayBeOurs(system, person).flatMap { type(of: systems[system]).echoes(of: $0) }
        let said = known(system, person)
        if !echoes.contains(reported), said != reported {
          fail("\(user) shows \(reported.story), the gateway believes \(said?.story ?? "nothing")")
        }
        let other = known(1 - system, person)
        let isFree = isRefused(system, person) || systems[system].isOverridden(person)
        let (ours, wanted) = (systems[system].ours(person), wanted(other, in: system))
        if !isFree, ours != wanted {
          fail("\(user) holds \(ours?.story ?? "nothing") of ours instead of \(wanted?.story ?? "nothing")")
        }
        if let side = sides[person], side == system, let ours, !isRefused(system, person) {
          fail("\(user) holds \(ours.story) of ours, though nobody acted on the other side")
        }
      }
    }
    for (sink, outbox) in (engine?.outboxes ?? []).enumerated() {
      // A refresh may be under way at any time.
      if let outbox, !outbox.changes.isEmpty || outbox.usersWaiting > 0 {
        fail("the outbox of \(sink) is not empty")
      }
    }
  }

  /// A lease that is wanted is refreshed in time, once the weather is fine.
  func checkExpiry(_ sink: Int, _ user: UserID) {
    guard let calmSince, now - calmSince > .seconds(600), let entry = entry(sink, Self.number(user)) else {
      return
    }
    if case .decided(.some) = entry.wanted { fail("the lease of \(user) ran out in the calm") }
  }

  /// No loop: what was written has its reason in what people did and in what failed.
  func checkBounds() {
    let upheavals =
      2 + 2 * life + 2 * plan.directoryChanges + 3 * plan.renames + plan.pluginCrashes + 2 * plan.reloads
      + 2 * plan.pauses
    let reasons = actions + watch.failures + plan.people * upheavals
    let most = 3 * reasons + 2 * plan.people * plan.disconnections
    if watch.writesButRefreshes > most { fail("\(watch.writesButRefreshes) writes for \(reasons) reasons") }
  }

  /// Everybody rests: nothing of ours is left, and every hidden state has come out.
  func checkRest() {
    for person in 0..<plan.people {
      for system in systems.indices {
        let user = Self.user(system, person)
        let reported = systems[system].reported(person)
        let said = known(system, person)
        let ours = systems[system].ours(person)
        // A state chosen by hand, or that nobody could end, stays.
        if reported == .available, ours != nil, !systems[system].isOverridden(person) { continue }
        if ours == nil, said != reported {
          fail("at rest \(user) shows \(reported.story), the gateway believes \(said?.story ?? "nothing")")
        }
      }
    }
    checkConvergence()
  }

  func checkEnd() {
    for person in 0..<plan.people {
      for system in systems.indices {
        if let ours = systems[system].ours(person) {
          fail("\(Self.user(system, person)) still holds \(ours.story)")
        }
      }
    }
  }
}
