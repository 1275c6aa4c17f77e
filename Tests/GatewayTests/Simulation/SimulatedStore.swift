// The state file of the simulated gateway: what is not written yet is lost in a crash.

@testable import Gateway

struct SimulatedStore {
  private var written = StateChanges()
  private var unwritten = StateChanges()

  mutating func record(_ record: HeldRecord) { unwritten.add([record]) }
  mutating func record(_ record: SourceRecord) { unwritten.add([record]) }
  mutating func flush() {
    unwritten.merge(earlier: written)
    (written, unwritten) = (unwritten, StateChanges())
  }
  mutating func loseUnwritten() { unwritten = StateChanges() }
  func load() -> [HeldRecord] { written.held.values.sorted { $0.user < $1.user } }
  func said() -> [SourceRecord] { written.sources.values.sorted { $0.user < $1.user } }
}
