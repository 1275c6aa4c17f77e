// How fast the engine and the store are, and how much memory a person takes, beside a plain dictionary in the same run.

import FoundationEssentials
import Logging
import PluginAPI

@testable import Gateway

/// One line of JSON for one size of company: `engine-benchmark PEOPLE`.
@main
struct EngineBenchmark {
  static func main() async throws {
    let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
    var crowd = Crowd(count, events: min(2_000_000, max(500_000, 2 * count)))
    let before = ResidentMemory.bytes() ?? 0
    var engine = crowd.engine()
    let matched = ProcessorTime.of { crowd.arrive(in: &engine) }
    precondition(engine.people.people.count == count)
    // As the gateway does after matching.
    ResidentMemory.giveBack()
    // Everybody has a state and a lease, and every echo and answer is remembered.
    crowd.runOneByOne(&engine, 0..<count)
    let memory = ((ResidentMemory.bytes() ?? 0) - before) / count
    let oneByOne = ProcessorTime.of { crowd.runOneByOne(&engine, crowd.order) }
    let together = ProcessorTime.of { crowd.runTogether(&engine, crowd.order) }
    var table = Dictionary(uniqueKeysWithValues: crowd.users.map { ($0, Presence.available) })
    let plain = ProcessorTime.of { crowd.runDictionary(&table) }
    let events = Double(crowd.order.count)
    let stored = try await StoreRun(users: crowd.users.prefix(100_000)).recordsEachSecond()
    print(
      """
      {"people": \(count), "answered_one_by_one_per_second": \(Int(events / oneByOne)), \
      "answered_in_batches_per_second": \(Int(events / together)), \
      "dictionary_updates_per_second": \(Int(events / plain)), \
      "times_a_dictionary_update": [\(tenths(oneByOne / plain)), \(tenths(together / plain))], \
      "bytes_per_person": \(memory), "matching_seconds": \(tenths(matched)), \
      "store_records_per_second": \(Int(stored))}
      """)
  }

  private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
