// The engine between two simulated systems under a virtual clock: everything that happens follows from the
// seed.

import PluginAPI

import struct PluginTestKit.SplitMix64

@testable import Gateway

final class Simulation {
  let plan: SimulationPlan
  let sabotage: Sabotage?
  /// Numbers of the disturbances that are left out, to find those that matter.
  private let suppressed: Set<Int>
  private(set) var disturbances = 0
  let systems: [any SimulatedSystem]
  var random: SplitMix64
  var now = Moment.second(0)
  var agenda = Agenda()
  var isStormy = true
  /// Nil between a crash and the next start.
  var engine: Engine?
  /// Answers to an earlier life are nobody's.
  var life = 0
  var heardOf: [Set<Int>]
  var roster: [Set<Int>] = [[], []]
  var connected = [true, true]
  /// The part of everybody's address that a rename changes.
  var names: [[String]]
  /// How far the wall clock is off.
  var wallShift = 0.0
  var pauses: [Pause] = []
  /// Plugins that are being started again.
  var isDown = [false, false]
  var incarnation = [0, 0]
  var limits: [Limits]
  var routes: [Int] = [0, 1]
  var calmSince: Moment?
  var heldBack: PresenceEvent?
  var store = SimulatedStore()
  var watch: DeliveryWatch
  var problems: [String] = []
  private let tellsStory: Bool
  private(set) var story: [String] = []
  /// Where each person acts; nil: in both systems.
  let sides: [Int?]
  private(set) var actions = 0
  private var spins = 0

  init(seed: UInt64, sabotage: Sabotage? = nil, tellsStory: Bool = false, without suppressed: Set<Int> = []) {
    var random = SplitMix64(seed: seed)
    plan = SimulationPlan(seed: seed, &random)
    self.sabotage = sabotage
    self.suppressed = suppressed
    limits = plan.limits
    self.tellsStory = tellsStory
    let people = plan.people
    names = .init(repeating: (0..<people).map { "\($0)" }, count: 2)
    systems =
      plan.isMirror
      ? [
        SimulatedTeams(people: people, maySetByHand: false),
        SimulatedTeams(people: people, maySetByHand: false),
      ]
      : [SimulatedTeams(people: people, maySetByHand: random.chance(0.3)), SimulatedPBX(people: people)]
    sides = plan.isMirror ? (0..<people).map { _ in random.int(0...1) } : .init(repeating: nil, count: people)
    heardOf = .init(repeating: Set(0..<people), count: 2)
    watch = DeliveryWatch(limits: plan.limits)
    self.random = random
  }

  func tell(_ line: @autoclosure () -> String) {
    if tellsStory { story.append("\((now.seconds * 1000).rounded() / 1000)s \(line())") }
  }
  func fail(_ problem: String) {
    tell("PROBLEM \(problem)")
    if problems.count < 20 { problems.append("\(now.seconds)s \(problem)") }
  }
  static func user(_ system: Int, _ number: Int) -> UserID { UserID("\(system == 0 ? "t" : "p")\(number)") }
  static func number(_ user: UserID) -> Int { Int(user.rawValue.dropFirst()) ?? 0 }

  /// The whole life: storm, calm, rest, end. Returns what went wrong.
  func run() -> [String] {
    start()
    planTheStorm()
    pass(plan.stormSeconds)
    endTheStorm()
    pass(900)
    let writes = watch.writesButRefreshes
    pass(100)
    if watch.writesButRefreshes != writes { fail("writes go on in the calm") }
    checkConvergence()
    checkBounds()
    for system in systems.indices {
      for person in 0..<plan.people {
        change(system, person) { system, _ in
          system.rest(person)
          return "rests"
        }
      }
    }
    pass(200)
    checkRest()
    if let effects = engine?.takeEverythingBack(now: now) { carryOut(effects) }
    pass(60)
    checkEnd()
    return problems
  }

  /// Lets everything happen that is due within the time.
  func pass(_ seconds: Double) {
    let end = now + .nanoseconds(Int64(seconds * 1e9))
    while problems.count < 20 {
      let wake = sabotage == .noAlarms ? nil : engine?.nextWake(now: now)
      let due = agenda.next
      guard let next = [wake, due].compactMap({ $0 }).min(), next <= end else { break }
      spins = next <= now ? spins + 1 : 0
      if spins > 2000 {
        fail("time stands still")
        break
      }
      now = max(now, next)
      if let due, due <= now {
        agenda.removeFirst()(self)
      } else if engine != nil {
        carryOut(engine?.tick(now: now) ?? [])
      }
    }
    now = max(now, end)
  }

  /// Something that befalls the systems or the gateway; has a number of its own.
  func disturb(_ seconds: ClosedRange<Double>, _ action: @escaping (Simulation) -> Void) {
    later(seconds) { simulation in
      simulation.disturbances += 1
      if !simulation.suppressed.contains(simulation.disturbances) { action(simulation) }
    }
  }

  func later(_ seconds: ClosedRange<Double>, _ action: @escaping (Simulation) -> Void) {
    agenda.add(now + .nanoseconds(Int64(random.seconds(seconds) * 1e9)), action)
  }

  /// A person acts in a system, or our write or its end changes what it shows: reports follow.
  func change(_ system: Int, _ person: Int, _ action: (any SimulatedSystem, inout SplitMix64) -> String?) {
    let before = systems[system].reported(person)
    if let what = action(systems[system], &random) {
      actions += 1
      tell("\(Self.user(system, person)) \(what)")
    }
    let after = systems[system].reported(person)
    if after != before { report(system, person) }
    if let ends = systems[system].expire(person, at: now) {
      agenda.add(ends) { simulation in
        simulation.change(system, person) { system, _ in
          _ = system.expire(person, at: simulation.now)
          return nil
        }
      }
    }
  }
}
