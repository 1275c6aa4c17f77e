// The delivered log of the simulated gateway: what is not written yet is lost in a crash.

@testable import Gateway

struct SimulatedStore {
  private var written: [String: HeldRecord] = [:]
  private var unwritten: [String: HeldRecord] = [:]

  mutating func record(_ record: HeldRecord) { unwritten["\(record.plugin) \(record.user)"] = record }
  mutating func flush() {
    written.merge(unwritten, uniquingKeysWith: { $1 })
    unwritten = [:]
  }
  mutating func loseUnwritten() { unwritten = [:] }
  func load() -> [HeldRecord] { written.sorted { $0.key < $1.key }.map(\.value) }
}
