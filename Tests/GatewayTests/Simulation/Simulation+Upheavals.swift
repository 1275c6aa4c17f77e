// What befalls the gateway as a whole: reloads, plugins that crash, clocks that jump, pauses, and renamed people.

import FoundationEssentials
import PluginAPI

@testable import Gateway

extension Simulation {
  /// First one system has the new name, later the other: meanwhile nobody knows that they are the same.
  func rename() {
    let (first, person) = (random.int(0...1), random.int(0...plan.people - 1))
    let name = "\(person)-\(random.int(1...9))"
    setName(name, first, person)
    later(1...60) { $0.setName(name, 1 - first, person) }
  }
  private func setName(_ name: String, _ system: Int, _ person: Int) {
    guard isStormy else { return }
    tell("\(Self.user(system, person)) is called \(name)")
    names[system][person] = name
    if heardOf[system].contains(person) { publish(.upsert([directoryUser(system, person)]), system) }
  }

  /// Its calls end without an answer, whether they arrived or not; it begins anew a moment later.
  func crashPlugin() {
    let system = random.int(0...1)
    guard engine != nil, !isDown[system] else { return }
    tell("--- plugin \(system) crashes")
    isDown[system] = true
    incarnation[system] += 1
    if system == 1 { loseConnection() }
    let begun = life
    later(1...20) { simulation in
      guard simulation.life == begun else { return }
      simulation.tell("--- plugin \(system) starts again")
      simulation.isDown[system] = false
      let users = simulation.heardOf[system].sorted().map { simulation.directoryUser(system, $0) }
      simulation.publish(.snapshot(users), system)
      simulation.carryOut(simulation.engine?.requestPoll(nil, of: system, now: simulation.now) ?? [])
      if !simulation.connected[system] { simulation.connect(in: begun) }
    }
  }

  /// Other limits, another patience, now and then without one of the routes.
  func reload() {
    guard engine != nil else { return }
    limits = limits.map { old in
      var new = old
      new.maxBatch = random.int(1...4)
      new.maxInFlight = max(old.maxInFlight, random.int(1...3))
      new.rate = random.chance(0.6) ? .init(random.int(2...30), per: .seconds(random.int(2...10))) : nil
      return new
    }
    routes = random.chance(0.3) ? [random.int(0...1)] : [0, 1]
    reconfigure()
    later(5...60) { simulation in
      simulation.routes = [0, 1]
      simulation.reconfigure()
    }
  }
  private func reconfigure() {
    guard engine != nil else { return }
    tell("--- reload: routes \(routes), \(limits)")
    watch.limit(to: limits)
    let effects = sabotage == .reloadsForget ? forgetEverything() : engine?.reconfigure(setup(), now: now)
    carryOut(effects ?? [])
  }
  private func forgetEverything() -> [Engine.Effect] {
    var new = Engine(setup(), now: now, date: date)
    // Answers that are under way must find their users.
    for (sink, table) in (engine?.tables ?? []).enumerated() {
      for user in table.ids { new.restore(.held(nil, lease: nil), user: user, sink: sink, now: now) }
    }
    for (plugin, users) in (engine?.directories ?? []).enumerated() {
      new.apply(.snapshot(Array(users.values)), of: plugin)
    }
    engine = new
    return engine?.rematch(now: now) ?? []
  }

  func jumpTheClock() {
    wallShift += random.seconds(-300...300)
    tell("--- the clock jumps to \(wallShift)")
    engine?.setDate(date, now: now)
  }

  func pauseSomething() {
    guard engine != nil else { return }
    let person = random.int(0...plan.people - 1)
    let from = random.int(0...1)
    let target: Pause.Target =
      random.chance(0.5)
      ? .route(from: "\(from)", to: "\(1 - from)")
      : .person(plugin: "0", user: Self.user(0, person))
    let expires = random.chance(0.5) && sabotage != .pausesNeverEnd
    let until = expires ? date + random.seconds(5...120) : nil
    let pause = Pause(target, meanwhile: random.pick([.keep, .clear]), until: until)
    tell("--- pause \(pause.target) \(pause.meanwhile)")
    carryOut(engine?.pause(pause, now: now) ?? [])
    later(5...90) { simulation in
      simulation.tell("--- resume \(target)")
      simulation.resume(target)
    }
  }
  private func resume(_ target: Pause.Target) {
    guard sabotage != .pausesNeverEnd else { return }
    if engine == nil { pauses.removeAll { $0.target == target } }
    carryOut(engine?.resume(target, now: now) ?? [])
  }

  func actOnBothSides(_ person: Int) {
    tell("--- both sides of \(person) at once")
    for system in systems.indices { change(system, person) { $0.act(person, &$1, at: now) } }
  }

  func endReloadsRenamesAndPauses() {
    for system in systems.indices {
      for person in 0..<plan.people { names[system][person] = "\(person)" }
      publish(.upsert((0..<plan.people).map { directoryUser(system, $0) }), system)
    }
    for pause in pauses { resume(pause.target) }
    routes = [0, 1]
    reconfigure()
  }
}
