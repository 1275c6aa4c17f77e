// From a failing seed to a short story: what can be left out without losing the failure is left out.

@testable import Gateway

struct SimulationShrinking {
  let seed: UInt64
  var sabotage: Sabotage?
  /// Runs that may be spent on it.
  var budget = 250

  struct Minimum {
    /// Disturbances that are needed, and that there were.
    var needed: Int
    var all: Int
    var problems: [String]
    var story: [String]
  }

  /// Leaves out half of the disturbances, quarters, eighths, down to single ones.
  func minimum() -> Minimum? {
    let whole = Simulation(seed: seed, sabotage: sabotage)
    guard !whole.run().isEmpty else { return nil }
    var kept = Array(1...max(1, whole.disturbances))
    let all = kept.count
    var (chunk, runs) = (max(1, kept.count / 2), 0)
    func fails(_ kept: [Int]) -> Bool {
      runs += 1
      return !Simulation(seed: seed, sabotage: sabotage, without: without(kept)).run().isEmpty
    }
    // Numbers beyond those of the whole run may come up when others are left out.
    func without(_ kept: [Int]) -> Set<Int> { Set(1...(all + 2000)).subtracting(kept) }
    if fails([]) { kept = [] }
    while !kept.isEmpty, runs < budget {
      var (start, hasShrunk) = (0, false)
      while start < kept.count, runs < budget {
        let candidate = Array(kept[..<start] + kept[min(kept.count, start + chunk)...])
        if fails(candidate) {
          kept = candidate
          hasShrunk = true
        } else {
          start += chunk
        }
      }
      if chunk == 1, !hasShrunk { break }
      chunk = max(1, chunk / 2)
    }
    let last = Simulation(seed: seed, sabotage: sabotage, tellsStory: true, without: without(kept))
    let problems = last.run()
    return Minimum(needed: kept.count, all: all, problems: problems, story: last.story)
  }
}
