// What befalls the systems and the gateway while the storm lasts.

import FoundationEssentials
import PluginAPI

@testable import Gateway

extension Simulation {
  func planTheStorm() {
    for person in 0..<plan.people {
      for system in systems.indices where sides[person] ?? system == system { actAgain(system, person) }
    }
    let storm = 5...plan.stormSeconds
    for _ in 0..<plan.crashes { disturb(storm) { $0.crash() } }
    for _ in 0..<plan.directoryChanges { disturb(storm) { $0.changeDirectory() } }
    for _ in 0..<plan.renames { disturb(storm) { $0.rename() } }
    for _ in 0..<plan.pluginCrashes { disturb(storm) { $0.crashPlugin() } }
    for _ in 0..<plan.reloads { disturb(storm) { $0.reload() } }
    for _ in 0..<plan.clockJumps { disturb(storm) { $0.jumpTheClock() } }
    for _ in 0..<plan.pauses { disturb(storm) { $0.pauseSomething() } }
    if !plan.isMirror {
      for _ in 0..<plan.disconnections { disturb(storm) { $0.disconnect() } }
      for person in 0..<plan.people where random.chance(0.5) { disturb(storm) { $0.actOnBothSides(person) } }
    }
  }

  func endTheStorm() {
    tell("--- the storm is over")
    isStormy = false
    calmSince = now
    for system in systems.indices where heardOf[system].count < plan.people {
      heardOf[system] = Set(0..<plan.people)
      publish(.upsert((0..<plan.people).map { directoryUser(system, $0) }), system)
    }
    endReloadsRenamesAndPauses()
  }

  private func actAgain(_ system: Int, _ person: Int) {
    // Now and then in quick succession.
    let pause = random.chance(0.3) ? 0.05...2 : 0.5...(2 * plan.pace)
    disturb(pause) { simulation in
      guard simulation.isStormy else { return }
      simulation.change(system, person) { $0.act(person, &$1, at: simulation.now) }
    }
    later(pause) { simulation in if simulation.isStormy { simulation.actAgain(system, person) } }
  }

  private func crash() {
    guard engine != nil else { return }
    tell("--- crash")
    engine = nil
    life += 1
    loseConnection()
    roster = [[], []]
    isDown = [false, false]
    heldBack = nil
    if random.chance(0.5) { store.flush() } else { store.loseUnwritten() }
    watch.restart()
    later(5...60) { $0.start() }
  }

  func start() {
    tell("--- start")
    var engine = Engine(setup(), now: now, date: date)
    for record in store.load() {
      guard let remembered = record.content.remembered(at: date) else { continue }
      engine.restore(remembered, user: record.user, sink: record.plugin == "0" ? 0 : 1, now: now)
      tell("knows \(record.user) \(remembered)")
    }
    for record in store.said() {
      guard let presence = record.presence else { continue }
      let since = now + .nanoseconds(Int64(record.since.timeIntervalSince(date) * 1e9))
      engine.recall(presence, of: record.user, plugin: record.plugin == "0" ? 0 : 1, since: since)
      tell("recalls \(record.user) \(presence.story)")
    }
    for pause in pauses { _ = engine.pause(pause, now: now) }
    self.engine = engine
    let begun = life
    for system in systems.indices {
      later(0.01...4) { simulation in
        guard simulation.life == begun else { return }
        let users = simulation.heardOf[system].sorted().map { simulation.directoryUser(system, $0) }
        simulation.publish(.snapshot(users), system)
      }
    }
    if !connected[1] { later(0.01...5) { $0.connect(in: begun) } }
  }

  private func changeDirectory() {
    let (system, person) = (random.int(0...1), random.int(0...plan.people - 1))
    if heardOf[system].remove(person) != nil {
      tell("\(Self.user(system, person)) leaves")
      publish(.remove([Self.user(system, person)]), system)
      later(1...60) { simulation in
        guard simulation.heardOf[system].insert(person).inserted else { return }
        simulation.tell("\(Self.user(system, person)) joins")
        simulation.publish(.upsert([simulation.directoryUser(system, person)]), system)
      }
    }
  }

  func disconnect() {
    guard connected[1], engine != nil else { return }
    tell("--- PBX disconnected")
    loseConnection()
    let begun = life
    later(1...30) { $0.connect(in: begun) }
  }

  /// A PBX ends the calls of a connection with it.
  func loseConnection() {
    guard let pbx = systems[1] as? SimulatedPBX else { return }
    connected[1] = false
    pbx.disconnect()
  }

  /// A new connection holds none of our calls, and says everything anew: at the first start, too.
  func connect(in begun: Int) {
    guard life == begun, !isDown[1], !connected[1] else { return }
    tell("--- PBX connected")
    connected[1] = true
    if sabotage != .lossesNotTold, let effects = engine?.lost(.call, of: nil, sink: 1, now: now) {
      watch.patienceIsOver(1)
      carryOut(effects)
    }
    for person in roster[1].sorted() { report(1, person) }
  }

  func publish(_ change: DirectoryChange, _ system: Int) {
    guard engine != nil else { return }
    engine?.apply(change, of: system)
    carryOut(engine?.rematch(now: now) ?? [])
  }

  func directoryUser(_ system: Int, _ number: Int) -> DirectoryUser {
    DirectoryUser(
      id: Self.user(system, number), displayName: names[system][number],
      identities: [Identity(.email, "\(names[system][number])@example.com")])
  }
}
