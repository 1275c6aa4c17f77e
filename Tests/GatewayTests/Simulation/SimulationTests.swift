// Many seeds, each a storm of its own. A failing seed is printed with its shortest story; SIMULATION_SEED=N tells the
// whole one, SIMULATION_SEEDS=N runs that many (`make simulate SEEDS=1000000`).

import FoundationEssentials
import Testing

@testable import Gateway

struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seeds = environment["SIMULATION_SEEDS"].flatMap { UInt64($0) } ?? 10_000
  private static let shares = 0..<10 as Range<UInt64>

  @Test(.enabled(if: environment["SIMULATION_SEED"] == nil), arguments: shares)
  func everythingConvergesWhateverHappens(share: UInt64) {
    var failed = 0
    for seed in stride(from: share, to: Self.seeds, by: Self.shares.count) where failed < 3 {
      let problems = Simulation(seed: seed).run()
      guard !problems.isEmpty else { continue }
      failed += 1
      let story = failed > 1 ? [] : SimulationShrinking(seed: seed).minimum()?.story ?? []
      Issue.record(
        "SIMULATION_SEED=\(seed): \(problems.prefix(3))\n\(story.suffix(60).joined(separator: "\n"))")
    }
  }

  @Test(.enabled(if: environment["SIMULATION_SEED"] != nil))
  func story() throws {
    let seed = try #require(Self.environment["SIMULATION_SEED"].flatMap { UInt64($0) })
    let sabotage = Sabotage.allCases.first { "\($0)" == Self.environment["SIMULATION_SABOTAGE"] }
    let simulation = Simulation(seed: seed, sabotage: sabotage, tellsStory: true)
    let problems = simulation.run()
    print(simulation.plan)
    for line in simulation.story { print(line) }
    #expect(problems == [])
  }

  @Test func theSameSeedTellsTheSameStory() {
    let stories = (0..<2).map { _ in
      let simulation = Simulation(seed: 7, tellsStory: true)
      _ = simulation.run()
      return simulation.story
    }
    #expect(stories[0] == stories[1])
    #expect(stories[0].count > 50)
  }

  /// Whatever a connector, the shell or the store might get wrong is noticed.
  @Test(arguments: Sabotage.allCases)
  func aBrokenGatewayIsCaught(_ sabotage: Sabotage) {
    let caught = (0..<300 as Range<UInt64>).first { !Simulation(seed: $0, sabotage: sabotage).run().isEmpty }
    #expect(caught != nil, "no seed noticed \(sabotage)")
  }

  @Test func aFailureIsToldInItsShortestForm() throws {
    let seed = try #require(
      (0..<100 as Range<UInt64>).first { !Simulation(seed: $0, sabotage: .deafToEchoes).run().isEmpty })
    let minimum = try #require(SimulationShrinking(seed: seed, sabotage: .deafToEchoes).minimum())
    #expect(!minimum.problems.isEmpty)
    #expect(minimum.needed <= 3 && minimum.needed < minimum.all, "\(minimum.needed) of \(minimum.all)")
  }
}
