// What one seed decides before anything happens: how many people, how narrow the limits, how bad the weather.

import PluginAPI

import struct PluginTestKit.SplitMix64

@testable import Gateway

struct SimulationPlan {
  /// Teams and a PBX, or two systems that both tell nobody who caused a state.
  var isMirror: Bool
  var people: Int
  var limits: [Limits]
  var pollInterval: Duration
  var stormSeconds: Double
  /// Seconds between two actions of one person, on average.
  var pace: Double
  var longestNotification: Double
  var dropped: Double
  var doubled: Double
  /// Of whole calls: no answer, throttled.
  var lostAnswer: Double
  var throttled: Double
  /// Of single updates.
  var postponed: Double
  var refused: Double
  var crashes: Int
  var directoryChanges: Int
  var disconnections: Int
  var renames: Int
  var pluginCrashes: Int
  var reloads: Int
  var clockJumps: Int
  var pauses: Int
  /// Of the routes to Teams and to the PBX.
  var hold: [Duration]
  var minInterval: [Duration]
  var seed: UInt64

  init(seed: UInt64, _ random: inout SplitMix64) {
    self.seed = seed
    isMirror = random.chance(0.3)
    people = random.int(1...4)
    limits = (0..<2).map { _ in
      Limits(
        maxBatch: random.int(1...4), maxInFlight: random.int(1...3),
        rate: random.chance(0.6) ? .init(random.int(2...30), per: .seconds(random.int(2...10))) : nil)
    }
    pollInterval = .seconds(random.int(20...60))
    stormSeconds = random.seconds(60...300)
    pace = random.seconds(4...40)
    longestNotification = random.pick([0.2, 3, 10])
    let calm = random.chance(0.2)
    func sometimes(_ most: Double, _ random: inout SplitMix64) -> Double {
      calm || random.chance(0.4) ? 0 : random.seconds(0...most)
    }
    dropped = sometimes(0.3, &random)
    doubled = sometimes(0.3, &random)
    lostAnswer = sometimes(0.4, &random)
    throttled = sometimes(0.1, &random)
    postponed = sometimes(0.3, &random)
    refused = sometimes(0.1, &random)
    crashes = calm ? 0 : random.int(0...2)
    directoryChanges = calm ? 0 : random.int(0...3)
    disconnections = calm ? 0 : random.int(0...2)
    renames = calm ? 0 : random.int(0...2)
    pluginCrashes = calm ? 0 : random.int(0...2)
    reloads = calm ? 0 : random.int(0...3)
    clockJumps = calm ? 0 : random.int(0...2)
    pauses = calm ? 0 : random.int(0...2)
    hold = (0..<2).map { _ in random.chance(0.2) ? .seconds(random.int(1...8)) : .zero }
    minInterval = (0..<2).map { _ in random.chance(0.2) ? .seconds(random.int(1...20)) : .zero }
  }
}

/// What a test breaks on purpose, to see that the simulation notices.
enum Sabotage: CaseIterable {
  /// The connector names no echoes.
  case deafToEchoes
  /// The shell passes on no lease.
  case noLeases
  /// The connector takes a repair for an ordinary change.
  case repairsIgnored
  /// The shell takes a lost answer for a success.
  case lostAnswersAccepted
  /// The store forgets what is under way.
  case doubtNotStored
  /// The store forgets what sources said.
  case sayingsNotStored
  /// The store keeps nothing at all.
  case nothingStored
  /// Nobody is ever asked about.
  case noPolls
  /// The shell never wakes the engine.
  case noAlarms
  /// The sink never says that its calls are gone.
  case lossesNotTold
  /// Nobody minds the sinks' rate.
  case ratesIgnored
  /// Nobody minds how many calls a sink takes at once.
  case crowdsIgnored
  /// A reload begins with an empty engine.
  case reloadsForget
  /// Calls of a plugin that crashed are never answered.
  case crashedCallsUnanswered
  /// Pauses are never resumed, and do not expire.
  case pausesNeverEnd
  /// A report is handed over only with the next one.
  case reportsLate
}
